"""What shows that a site runs on a platform: one table, each line with where that was learnt.

Learnt from: WAPPALYZER the open fingerprint collections that descend from Wappalyzer 6 (2023); SEEN pages and answers of such
sites in public collections, 2021 to 2026; DOCS the platform's own documentation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

WAPPALYZER, SEEN, DOCS = (
    "Wappalyzer 6 collections",
    "pages and answers seen in public",
    "the platform's documentation",
)


class Sort(StrEnum):
    """Where a clue stands."""

    HOST = "host"  # the site's own name, under the platform's
    HEADER = "header"
    COOKIE = "cookie"
    META = "meta"
    ATTRIBUTE = "attribute"  # of the html element
    RELATION = "relation"  # rel of a link element
    CODE = "script"  # host of a script or style sheet
    IMAGE = "img"  # host of an image
    PATH = "path"  # of a file at the site itself
    ROBOTS = "robots"  # a comment in robots.txt


@dataclass(frozen=True, slots=True)
class Clue:
    """One sign of a platform.  `sure`: nobody else leaves it, so that it is enough alone.

    `name`: of the header, cookie, meta element or attribute, exact, in lower case; `pattern` is searched in the value.
    """

    platform: str
    sort: Sort
    name: str
    pattern: re.Pattern[str]
    sure: bool
    source: str

    def fits(self, sort: Sort, name: str, value: str) -> bool:
        return self.sort is sort and self.name == name and self.pattern.search(value) is not None


def _sure(platform: str, sort: Sort, name: str, pattern: str, source: str) -> Clue:
    return Clue(platform, sort, name, re.compile(pattern, re.IGNORECASE), True, source)


def _hint(platform: str, sort: Sort, name: str, pattern: str, source: str) -> Clue:
    return Clue(platform, sort, name, re.compile(pattern, re.IGNORECASE), False, source)


CLUES = (
    _sure("wordpress", Sort.HOST, "", r"\.wordpress\.com$", DOCS),
    _sure("wordpress", Sort.META, "generator", r"^WordPress\b", WAPPALYZER),
    _sure("wordpress", Sort.HEADER, "link", r"""rel=["']?https://api\.w\.org/""", WAPPALYZER),
    _sure("wordpress", Sort.RELATION, "https://api.w.org/", "", WAPPALYZER),
    _sure("wordpress", Sort.HEADER, "host-header", r"wordpress\.com", SEEN),
    _hint("wordpress", Sort.HEADER, "x-pingback", r"/xmlrpc\.php$", WAPPALYZER),
    _hint("wordpress", Sort.PATH, "", r"/wp-(?:content|includes)/", WAPPALYZER),
    _sure("squarespace", Sort.HOST, "", r"\.squarespace\.com$", DOCS),
    _sure("squarespace", Sort.HEADER, "server", r"^Squarespace$", WAPPALYZER),
    _hint("squarespace", Sort.CODE, "", r"^(?:assets|static1?)\.squarespace\.com$", WAPPALYZER),
    _hint("squarespace", Sort.IMAGE, "", r"^(?:images\.squarespace-cdn|static1\.squarespace)\.com$", SEEN),
    _hint("squarespace", Sort.COOKIE, "crumb", "", SEEN),
    _sure("wix", Sort.HOST, "", r"\.(?:wixsite|wixstudio)\.(?:com|io)$", DOCS),
    _sure("wix", Sort.HEADER, "x-wix-request-id", "", WAPPALYZER),
    _sure("wix", Sort.META, "generator", r"^Wix\.com\b", WAPPALYZER),
    _hint("wix", Sort.HEADER, "server", r"^Pepyaka", SEEN),
    _hint("wix", Sort.CODE, "", r"^(?:static|siteassets)\.parastorage\.com$", WAPPALYZER),
    _hint("wix", Sort.IMAGE, "", r"^static\.wixstatic\.com$", WAPPALYZER),
    _sure("webflow", Sort.HOST, "", r"\.webflow\.io$", DOCS),
    _sure("webflow", Sort.HEADER, "x-wf-region", "", SEEN),
    # An exported site keeps the generator and takes its files along: it may be served from anywhere.
    _hint("webflow", Sort.META, "generator", r"^Webflow$", WAPPALYZER),
    _hint("webflow", Sort.ATTRIBUTE, "data-wf-domain", "", SEEN),
    _hint(
        "webflow",
        Sort.CODE,
        "",
        r"^(?:cdn\.prod|assets|assets-global|uploads-ssl)\.(?:website-files|webflow)\.com$",
        SEEN,
    ),
    _hint(
        "webflow",
        Sort.IMAGE,
        "",
        r"^(?:cdn\.prod|assets|assets-global|uploads-ssl)\.(?:website-files|webflow)\.com$",
        SEEN,
    ),
    _sure("shopify", Sort.HOST, "", r"\.myshopify\.com$", DOCS),
    _sure("shopify", Sort.HEADER, "x-shopid", "", WAPPALYZER),
    _sure("shopify", Sort.HEADER, "x-shopify-stage", "", WAPPALYZER),
    _sure("shopify", Sort.HEADER, "powered-by", r"^Shopify$", SEEN),
    _hint("shopify", Sort.COOKIE, "_shopify_y", "", WAPPALYZER),
    _hint("shopify", Sort.PATH, "", r"^/cdn/shop/", SEEN),
    # One sort for both: a buy button on any other site brings scripts and images of Shopify along.
    _hint("shopify", Sort.IMAGE, "", r"^cdn\.shopify\.com$", WAPPALYZER),
    _sure("adobe-portfolio", Sort.HOST, "", r"\.myportfolio\.com$", DOCS),
    _hint("adobe-portfolio", Sort.META, "twitter:site", r"^@AdobePortfolio$", SEEN),
    _hint("adobe-portfolio", Sort.IMAGE, "", r"\.myportfolio\.com$", SEEN),
    _hint("adobe-portfolio", Sort.CODE, "", r"\.myportfolio\.com$", SEEN),
    _sure("cargo", Sort.HOST, "", r"\.(?:cargo\.site|cargocollective\.com)$", DOCS),
    _hint("cargo", Sort.CODE, "", r"^(?:build|static|type)\.cargo\.site$", SEEN),
    _hint("cargo", Sort.IMAGE, "", r"^freight\.cargo\.site$", SEEN),
    _hint("cargo", Sort.META, "generator", r"^Cargo(?: Collective)?$", SEEN),
    _sure("format", Sort.HOST, "", r"\.format\.com$", DOCS),
    _hint("format", Sort.CODE, "", r"\.format-assets\.com$", SEEN),
    _hint(
        "format",
        Sort.IMAGE,
        "",
        r"^(?:format\.creatorcdn|images\.format-assets|[ab]\d\.format-assets)\.com$",
        SEEN,
    ),
    _sure("ghost", Sort.HOST, "", r"\.ghost\.io$", DOCS),
    _sure("ghost", Sort.META, "generator", r"^Ghost \d", WAPPALYZER),
    _sure("ghost", Sort.HEADER, "x-ghost-cache-status", "", WAPPALYZER),
    _sure("github-pages", Sort.HOST, "", r"\.github\.io$", DOCS),
    _sure("github-pages", Sort.HEADER, "server", r"^GitHub\.com$", WAPPALYZER),
    _sure("github-pages", Sort.HEADER, "x-github-request-id", "", WAPPALYZER),
    _sure("netlify", Sort.HOST, "", r"\.netlify\.app$", DOCS),
    _sure("netlify", Sort.HEADER, "server", r"^Netlify$", WAPPALYZER),
    _sure("netlify", Sort.HEADER, "x-nf-request-id", "", WAPPALYZER),
    _sure("cloudflare", Sort.HOST, "", r"\.pages\.dev$", DOCS),
    _sure("cloudflare", Sort.HEADER, "server", r"^cloudflare$", WAPPALYZER),
    _sure("cloudflare", Sort.HEADER, "cf-ray", "", WAPPALYZER),
    _sure("cloudflare", Sort.ROBOTS, "", r"^# BEGIN Cloudflare Managed content", DOCS),
)
"""Builders first, then hosts, networks last: the order in which they are told."""

IN_PAGES: Mapping[tuple[str, Sort], tuple[str, ...]] = MappingProxyType(
    {
        ("wordpress", Sort.META): ("wordpress",),
        ("wordpress", Sort.RELATION): ("api.w.org",),
        ("wordpress", Sort.PATH): ("wp-content", "wp-includes"),
        ("squarespace", Sort.CODE): ("squarespace",),
        ("squarespace", Sort.IMAGE): ("squarespace",),
        ("wix", Sort.META): ("wix.com",),
        ("wix", Sort.CODE): ("parastorage",),
        ("wix", Sort.IMAGE): ("wixstatic",),
        ("webflow", Sort.META): ("webflow",),
        ("webflow", Sort.ATTRIBUTE): ("data-wf-domain",),
        ("webflow", Sort.CODE): ("website-files", "webflow"),
        ("webflow", Sort.IMAGE): ("website-files", "webflow"),
        ("shopify", Sort.PATH): ("cdn/",),  # put together from `/cdn/` and an address that begins there, too
        ("shopify", Sort.IMAGE): ("cdn.shopify",),
        ("adobe-portfolio", Sort.META): ("@adobeportfolio",),
        ("adobe-portfolio", Sort.IMAGE): ("myportfolio",),
        ("adobe-portfolio", Sort.CODE): ("myportfolio",),
        ("cargo", Sort.CODE): ("cargo.site",),
        ("cargo", Sort.IMAGE): ("cargo.site",),
        ("cargo", Sort.META): ("cargo",),
        ("format", Sort.CODE): ("format-assets",),
        ("format", Sort.IMAGE): ("creatorcdn", "format-assets"),
        ("ghost", Sort.META): ("ghost",),
    }
)
"""For each clue that stands in a page: one of these, in small letters, is in the source of every page that holds it."""

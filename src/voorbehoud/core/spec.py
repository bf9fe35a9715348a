"""The one table of specifications: title, pinned date, address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A place in a specification, as findings and docs cite it."""

    spec: str
    date: str
    url: str
    name: str

    def __str__(self) -> str:
        return f"{self.spec} ({self.date}), {self.name}"


@dataclass(frozen=True, slots=True)
class Spec:
    """A specification at the date that our vectors were written against."""

    key: str
    title: str
    date: str
    url: str

    def section(self, name: str, anchor: str = "") -> Section:
        """Give a section: `name` as a reader finds it, `anchor` where the document has one."""
        return Section(self.title, self.date, self.url + (f"#{anchor}" if anchor else ""), name)


RFC9309 = Spec(
    "rfc9309", "RFC 9309 Robots Exclusion Protocol", "2022-09", "https://www.rfc-editor.org/rfc/rfc9309"
)
RFC9651 = Spec(
    "rfc9651", "RFC 9651 Structured Field Values", "2024-09", "https://www.rfc-editor.org/rfc/rfc9651"
)
RFC9110 = Spec("rfc9110", "RFC 9110 HTTP Semantics", "2022-06", "https://www.rfc-editor.org/rfc/rfc9110")
RFC8615 = Spec("rfc8615", "RFC 8615 Well-Known URIs", "2019-05", "https://www.rfc-editor.org/rfc/rfc8615")
GOOGLE_ROBOTS = Spec(
    "google-robots",
    "How Google interprets the robots.txt specification",
    "2026-10-23",
    "https://developers.google.com/crawling/docs/robots-txt/robots-txt-spec",
)
GOOGLE_META = Spec(
    "google-meta",
    "Robots meta tag, data-nosnippet and X-Robots-Tag",
    "2026-11",
    "https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag",
)
AIPREF_VOCAB = Spec(
    "aipref-vocab",
    "draft-ietf-aipref-vocab-08",
    "2026-09-14",
    "https://www.ietf.org/archive/id/draft-ietf-aipref-vocab-08.txt",
)
AIPREF_ATTACH = Spec(
    "aipref-attach",
    "draft-ietf-aipref-attach-05",
    "2026-08-19",
    "https://www.ietf.org/archive/id/draft-ietf-aipref-attach-05.txt",
)
CONTENT_SIGNALS = Spec(
    "content-signals",
    "Content Signals (Cloudflare managed robots.txt)",
    "2026-09",
    "https://developers.cloudflare.com/bots/additional-configurations/managed-robots-txt/",
)
TDMREP = Spec(
    "tdmrep",
    "TDM Reservation Protocol, Final Community Group Report",
    "2024-05-10",
    "https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/",
)
AI_TXT = Spec("ai-txt", "Spawning ai.txt", "2023-05-30", "https://site.spawning.ai/spawning-ai-txt")
NOAI = Spec(
    "noai",
    "DeviantArt noai and noimageai directives",
    "2022-11-11",
    "https://www.deviantart.com/team/journal/UPDATE-All-Deviations-Are-Opted-Out-of-AI-Datasets-934500371",
)
TRUST_TXT = Spec(
    "trust-txt",
    "JournalList trust.txt",
    "2024-04-04",
    "https://journallist.net/reference-document-for-trust-txt-specifications",
)
BING = Spec(
    "bing",
    "Bing: options to control the use of content in its chat",
    "2023-09",
    "https://blogs.bing.com/webmaster/september-2023/Announcing-new-options-for-webmasters-to-control-usage-of-their-content-in-Bing-Chat",
)
SCHEMA_ORG = Spec("schema-org", "schema.org", "2026-11", "https://schema.org")
IPTC_SOURCE = Spec(
    "iptc-source",
    "IPTC Digital Source Type",
    "2024-10",
    "https://cv.iptc.org/newscodes/digitalsourcetype/",
)
LLMS_TXT = Spec("llms-txt", "llms.txt", "2026-11", "https://llmstxt.org/")
POLICY_TOKENS = Spec(
    "policy-tokens",
    "draft-kelley-aipref-training-preference-signal-00",
    "2026-10-30",
    "https://www.ietf.org/archive/id/draft-kelley-aipref-training-preference-signal-00.html",
)
RSL = Spec("rsl", "Really Simple Licensing (RSL) 1.0", "2025-12-10", "https://rslstandard.org/rsl")
XMP = Spec(
    "xmp",
    "ISO 16684-1 Extensible Metadata Platform (XMP)",
    "2019",
    "https://www.iso.org/standard/75163.html",
)
PLUS = Spec(
    "plus",
    "PLUS License Data Format, Data Mining (IPTC Photo Metadata Standard 2023.1)",
    "2023-10-04",
    "https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata",
)
CAWG_TDM = Spec(
    "cawg-tdm",
    "CAWG Training and Data Mining Assertion 1.1",
    "2025-05-16",
    "https://cawg.io/training-and-data-mining/1.1/",
)
PNG = Spec("png", "Portable Network Graphics (third edition)", "2025-06-24", "https://www.w3.org/TR/png-3/")
RSL_MEDIA = Spec("rsl-media", "RSL-MEDIA (draft)", "2026-06", "https://rslmedia.org/media/")
DSM = Spec("dsm", "Directive (EU) 2019/790", "2019-04-17", "https://eur-lex.europa.eu/eli/dir/2019/790/oj")
AMSTERDAM = Spec(
    "amsterdam",
    "Rb. Amsterdam, ECLI:NL:RBAMS:2024:6563 (HowardsHome)",
    "2024-10-30",
    "https://uitspraken.rechtspraak.nl/details?id=ECLI:NL:RBAMS:2024:6563",
)
HOUSE = Spec(
    "house", "voorbehoud, decision of this project", "2026-11", "https://voorbehoud.example/docs/decisions/"
)

SPECS = (
    RFC9309, RFC9651, RFC9110, RFC8615, GOOGLE_ROBOTS, GOOGLE_META, AIPREF_VOCAB, AIPREF_ATTACH,
    CONTENT_SIGNALS, POLICY_TOKENS, TDMREP, AI_TXT, TRUST_TXT, NOAI, BING, SCHEMA_ORG, IPTC_SOURCE, LLMS_TXT, RSL, XMP, PLUS, CAWG_TDM, PNG,
    RSL_MEDIA, DSM, AMSTERDAM, HOUSE,
)  # fmt: skip

"""What can be found in the XMP of a work (signals/media_xmp.py)."""

from ..core.finding import Rule, Severity
from ..core.spec import PLUS, PNG, TDMREP, XMP
from .source_types import SPEC as SOURCE_TYPE

SPEC = PLUS.section("Data Mining")

MXP101 = Rule(
    code="MXP101",
    severity=Severity.INFO,
    message="the metadata of this file was not read to its end",
    why="It is longer than the part that we fetch, or of a kind that we cannot read. What may stand there in plus:DataMining was not seen.",
    fix="Nothing to do if the file is reserved by tdmrep.json or a header; metadata near the beginning of the file is found by more readers.",
    spec=SPEC,
)
MXP102 = Rule(
    code="MXP102",
    severity=Severity.WARNING,
    message="the XMP of this PNG is compressed",
    why="XMP in a PNG has to be uncompressed; not every reader unpacks it.",
    fix="Let a program such as ExifTool write the metadata again, uncompressed.",
    spec=PNG.section("11.3.3.4 iTXt International textual data", "11iTXt"),
)
MXP103 = Rule(
    code="MXP103",
    severity=Severity.WARNING,
    message="XMP stands where nobody looks for it: {where}",
    why="Readers look for XMP at the place that the file format has for it. What stands elsewhere does not count.",
    fix="Let a program such as ExifTool write the metadata again.",
    spec=PNG.section("11.3.3.4 iTXt International textual data", "11iTXt"),
)
MXP104 = Rule(
    code="MXP104",
    severity=Severity.ERROR,
    message="plus:DataMining stands in metadata that the PDF does not mark as `/Type /Metadata /Subtype /XML`",
    why="Many readers pass over metadata that is not marked so: for them it reserves nothing. A permission counts all the same.",
    fix="Write the metadata again with a program that marks it, such as ExifTool or pikepdf.",
    spec=XMP.section("7 Serialization"),
)
MXP201 = Rule(
    code="MXP201",
    severity=Severity.ERROR,
    message="plus:DataMining says “{value}”, which is no term of PLUS",
    why="Nobody can tell what it means, so it reserves nothing.",
    fix="Write `http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING`, or `…/DMI-PROHIBITED` to keep search engines out too.",
    spec=SPEC,
)
MXP202 = Rule(
    code="MXP202",
    severity=Severity.WARNING,
    message="plus:DataMining says “{value}” instead of the whole address http://ns.useplus.org/ldf/vocab/{key}",
    why="A reader that compares addresses does not recognise it; others do.",
    fix="Write `http://ns.useplus.org/ldf/vocab/{key}`.",
    spec=SPEC,
)
MXP203 = Rule(
    code="MXP203",
    severity=Severity.ERROR,
    message="DataMining stands in the namespace {namespace}; it has to be http://ns.useplus.org/ldf/xmp/1.0/",
    why="A reader looks for the exact namespace: it finds no reservation in this file.",
    fix='Declare `xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"`.',
    spec=SPEC,
)
MXP204 = Rule(
    code="MXP204",
    severity=Severity.ERROR,
    message="this file holds several values of plus:DataMining ({values})",
    why="Readers take one of them, and nobody knows which. Only what all of them reserve counts.",
    fix="Keep one value; look for a second XMP packet in the file.",
    spec=SPEC,
)
MXP205 = Rule(
    code="MXP205",
    severity=Severity.WARNING,
    message="the XMP of this file cannot be read ({where}): {reason}",
    why="Whatever it reserves, readers do not find it.",
    fix="Let a program such as ExifTool write the metadata again.",
    spec=XMP.section("7 Serialization"),
)
MXP301 = Rule(
    code="MXP301",
    severity=Severity.ERROR,
    message="plus:DataMining refers to plus:OtherConstraints, and there is no such text",
    why="The value says “see there”. Without the text a reader learns neither what is reserved nor from whom to ask permission.",
    fix="Add plus:OtherConstraints with your conditions, or write the value DMI-PROHIBITED.",
    spec=SPEC,
)
MXP302 = Rule(
    code="MXP302",
    severity=Severity.WARNING,
    message="plus:DataMining says DMI-ALLOWED",
    why="It says that anybody may mine this file and train AI with it, without asking.",
    fix="Write DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING, unless you mean to give this work away.",
    spec=SPEC,
)
MXP303 = Rule(
    code="MXP303",
    severity=Severity.INFO,
    message="this file has tdm:reservation in its XMP, which TDMRep defines for PDF only",
    why="It shows what you want. No reader has to look for it in a file of this kind.",
    fix="Write plus:DataMining, and reserve the file with a header or tdmrep.json.",
    spec=TDMREP.section("TDM Metadata in PDF Content", "sec-tdm-pdf"),
)
MXP304 = Rule(
    code="MXP304",
    severity=Severity.WARNING,
    message="DigitalSourceType is “{value}”, a term that IPTC has retired",
    why="It is still understood; new readers may not know it.",
    fix="Write `http://cv.iptc.org/newscodes/digitalsourcetype/{instead}`.",
    spec=SOURCE_TYPE,
)
MXP305 = Rule(
    code="MXP305",
    severity=Severity.ERROR,
    message="DigitalSourceType is “{value}”, a term that is not known",
    why="Nobody can tell from it whether the work was made with AI.",
    fix="Write an address of IPTC, such as `http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation`.",
    spec=SOURCE_TYPE,
)
MXP306 = Rule(
    code="MXP306",
    severity=Severity.INFO,
    message="this file says that it was made with generative AI ({term})",
    why="Programs that show a label for AI read it there.",
    fix="Nothing to do if that is so.",
    spec=SOURCE_TYPE,
)
MXP901 = Rule(
    code="MXP901",
    severity=Severity.GOOD,
    message="this file says {key} in plus:DataMining",
    why="The reservation travels with the file, wherever it is copied to, as long as nobody strips its metadata.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    MXP101, MXP102, MXP103, MXP104, MXP201, MXP202, MXP203, MXP204, MXP205, MXP301, MXP302, MXP303, MXP304, MXP305, MXP306, MXP901,
)  # fmt: skip

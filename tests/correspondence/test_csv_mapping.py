"""A mapping is read by a clerk: whatever is wrong in it is told at once, with its line and what to write."""

from pathlib import Path

import pytest

from casetrack.correspondence.csv_letter import REASONS
from casetrack.correspondence.csv_mapping import MAPPINGS, Known, MappingError, read_text, understand

GOOD = """\
source = "standard"
id = "numero"
title = "{motif} – {rue}"

[received]
column = "date"
format = "jj/mm/aaaa hh:mm"

[answered]
column = "clos"
outcome = { column = "suite", values = { "Oui" = "favourable", "Non" = "refusal" } }

[channel]
column = "canal"
values = { "Téléphone" = "telephone" }
default = "post"

[subject]
column = "motif"
values = { "Voirie" = "voirie" }
create = true
"""
KNOWN = Known(
    ["numero", "motif", "rue", "date", "clos", "suite", "canal", "nom", "double", "double"],
    {
        "service": {"VOI", "PRO"},
        "subject": {"voirie", "proprete"},
        "channel": ("post", "email", "telephone"),
        "nature": {"request", "complaint"},
        "outcome": {"favourable", "refusal"},
    },
)


@pytest.fixture
def faults(tmp_path):
    """Give the faults of a mapping: line, code and French sentence."""

    def found(source: str) -> list[tuple[int, str, str]]:
        path = tmp_path / "accueil.toml"
        path.write_text(source, encoding="utf-8")
        with pytest.raises(MappingError) as refused:
            understand(read_text(path), KNOWN, zone="Europe/Paris")
        return [(f.line, f.code, f.sentence.fr) for f in refused.value.findings]

    return found


def test_a_good_mapping_is_understood(tmp_path):
    path = tmp_path / "accueil.toml"
    path.write_text(GOOD, encoding="utf-8-sig")

    mapping = understand(read_text(path), KNOWN, zone="Europe/Paris")

    assert mapping.received.format == "%d/%m/%Y %H:%M"
    assert mapping.tz.key == "Europe/Paris"
    assert mapping.channel.codes == {"telephone": "telephone"}


@pytest.mark.parametrize(
    ("before", "after", "line", "code", "says"),
    [
        ('id = "numero"\n', "", 1, "missing", "il manque «\u00a0id\u00a0»"),
        ('"numero"', '"Numero"', 2, "unknown_column", "(vouliez-vous dire «\u00a0numero\u00a0»\u00a0?)"),
        ('"numero"', '"double"', 2, "column_twice", "plusieurs colonnes «\u00a0double\u00a0»"),
        ('"numero"', "12", 2, "string", "un texte entre guillemets"),
        ("{rue}", "{voie}", 3, "unknown_column", "Ses colonnes\u00a0: numero, motif, rue"),
        ('"standard"', '"Le standard"', 1, "string_pattern", "minuscules, chiffres et tirets"),
        ("jj/mm/aaaa", "le jour", 7, "date_format", "jj/mm/aaaa hh:mm"),
        ("jj/mm/aaaa hh:mm", "mm/aaaa", 7, "date_format", "ne décrit pas une date"),
        ("jj/mm/aaaa hh:mm", "jj/mm/aaaa %H", 7, "date_format", "ne décrit pas une date"),
        ('column = "date"', 'month = "date"', 5, "received_how", "«\u00a0month\u00a0» et «\u00a0weekday\u00a0»"),
        ("outcome = {", "outcom = {", 11, "extra_forbidden", "«\u00a0outcome\u00a0»"),
        ('"refusal"', '"refus"', 11, "unknown_code", "«\u00a0refusal\u00a0»"),
        ('"telephone"', '"phone"', 15, "unknown_code", "Codes possibles\u00a0: email, post, telephone"),
        ('default = "post"', 'default = ["post"]', 16, "string", "un texte entre guillemets"),
        ('column = "canal"', 'column = "canaux"', 14, "unknown_column", "«\u00a0canaux\u00a0»"),
        ('"voirie"', '"voiri"', 20, "unknown_code", "(vouliez-vous dire «\u00a0voirie\u00a0»\u00a0?)"),
        ("create = true", 'create = "oui peut-être"', 21, "bool", "true ou false"),
        ("create = true", "create = true\n[service]\ncreate = true", 22, "chosen_how", "«\u00a0column\u00a0», «\u00a0default\u00a0»"),
        ("create = true", "create = true\n[status]\ncolumn = \"suite\"\nvalues = { X = \"clos\" }", 24, "literal", "open, answered, skip"),
        ("create = true", "create = true\n[sender]\nnom = \"nom\"", 23, "extra_forbidden", "rien ici ne s'appelle «\u00a0nom\u00a0»"),
        ('[received]', 'zone = "Paris"\n[received]', 5, "unknown_zone", "Europe/Paris"),
        ('[received]', 'delimiter = ":"\n[received]', 5, "literal", "valeurs possibles"),
        ('[received]', 'encoding = "utf-16"\n[received]', 5, "literal", "utf-8, cp1252"),
        ('values = { "Voirie" = "voirie" }', 'values = "voirie"', 20, "dict", "attend un tableau"),
        ('[channel]', '[channel', 13, "not_toml", "crochet"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_its_remedy(faults, before, after, line, code, says):
    (found,) = [fault for fault in faults(GOOD.replace(before, after, 1)) if fault[1] == code]

    assert found[0] == line
    assert says in found[2]


def test_every_fault_is_told_at_once(faults):
    source = GOOD.replace('"numero"', '"no"').replace("{rue}", "{voie}").replace('"refusal"', '"refus"')
    source = source.replace('"telephone"', '"phone"').replace("create = true", "creer = true")

    assert [(line, code) for line, code, _ in faults(source)] == [
        (2, "unknown_column"),
        (3, "unknown_column"),
        (11, "unknown_code"),
        (15, "unknown_code"),
        (21, "extra_forbidden"),
    ]


def test_a_mapping_that_does_not_exist_names_those_that_do(tmp_path):
    with pytest.raises(MappingError) as refused:
        read_text(tmp_path / "absent.toml")

    assert "montreal311, paris-dansmarue, sf311" in refused.value.sentence.fr


@pytest.mark.parametrize("name", [path.stem for path in MAPPINGS.glob("*.toml")])
def test_a_shipped_mapping_is_found_by_its_name_alone(name):
    assert read_text(Path(name)).tables["source"] == name


HANDBOOK = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


def test_the_example_of_the_handbook_is_a_good_mapping(tmp_path):
    path = tmp_path / "standard.toml"
    path.write_text(HANDBOOK.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    columns = ["Numéro", "Motif", "Rue", "Reçu le", "Clos le", "Suite", "Canal", "Service", "Nom", "Courriel"]
    channels = {"channel": ("post", "desk", "telephone"), "outcome": {"favourable", "refusal", "information"}}

    mapping = understand(read_text(path), Known(columns, {**KNOWN.codes, **channels}), zone="Europe/Paris")

    assert mapping.delimiter == ";"


@pytest.mark.parametrize("code", [*REASONS, "too_many_cells", "unreadable_line", "refused"])
def test_the_handbook_says_what_each_refusal_means(code):
    assert f"`{code}`" in HANDBOOK

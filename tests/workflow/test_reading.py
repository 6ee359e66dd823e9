"""Reading a definition: what is misshapen is said with its line, and nothing that is written is ever run."""

import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from casetrack.errors import DefinitionError
from casetrack.workflow import check, from_text, read, read_folder
from casetrack.workflow.findings import Finding, line_of, lines_of
from casetrack.workflow.reading import hash_of, neighbours, read_all
from tests.workflow.good import INCIDENT, MESSAGES, SOURCE, mail

CLOSE = "[actions.close]\n"


def refused(source: str) -> list[Finding]:
    with pytest.raises(DefinitionError) as error:
        from_text(source, MESSAGES, file="mail/workflow.toml")
    return error.value.findings


def write(folder: Path, source: str = SOURCE, messages: dict[str, str] = MESSAGES) -> Path:
    """Write a definition as a town keeps it: its folder, its messages, the blocks that several share."""
    key = re.search(r'^key\s*= "(\w+)"', source)[1]
    (folder / key / "messages").mkdir(parents=True)
    (folder / "blocks").mkdir(exist_ok=True)
    (folder / key / "workflow.toml").write_text(source, encoding="utf-8")
    for name, text in messages.items():
        place = folder / "blocks" if name.startswith("agent") else folder / key / "messages"
        (place / name).write_text(text, encoding="utf-8")
    return folder / key


MISSHAPEN = [
    # old text, new text, code, words of the French sentence, words of the line
    ("[lists.reasons]\n", "[lists.reasons\n", "not_toml", "vérifiez les guillemets", "[lists.reasons"),
    ('version      = 1', 'version      = 1\nversion      = 2', "duplicate_key", "gardez une seule des deux lignes", "version      = 2"),
    (CLOSE, CLOSE + CLOSE.strip() + "\n", "duplicate_key", "écrit deux fois", "[actions.close]"),
    ('owner  = "desk"\n', 'ownr   = "desk"\n', "unknown_key", "vouliez-vous dire «\u00a0owner\u00a0»", "ownr"),
    ('needs = ["signed"]', 'need  = ["signed"]', "unknown_key", "vouliez-vous dire «\u00a0needs\u00a0»", "need "),
    ('opens_in     = "registered"', 'opens_in     = "registered"\nmessages = { "answer.fr.txt" = "x" }', "unknown_key", "«\u00a0messages\u00a0»", "messages"),
    ('{ at = "+5 days",          warn = ["top"] }', '{ at = "+5 days", warn = ["top"], to = "closed" }', "rung_would_act", "le silence ne répond, ne refuse et ne clôt jamais", '"+5 days"'),
    ('{ at = "+5 days",          warn = ["top"] }', '{ at = "+5 days", action = "close" }', "rung_would_act", "retirez «\u00a0action\u00a0»", '"+5 days"'),
    ('label  = { fr = "Enregistré", en = "Registered" }', 'label  = { fr = "Enregistré" }', "label_missing", "le texte «\u00a0en\u00a0» de «\u00a0states.registered.label\u00a0»", "label"),
    ('label  = { fr = "Enregistré", en = "Registered" }', 'label  = { en = "Registered" }', "label_missing", "le texte «\u00a0fr\u00a0»", "label"),
    ('label  = { fr = "Enregistré", en = "Registered" }', 'label  = { fr = " ", en = "Registered" }', "label_missing", "le texte «\u00a0fr\u00a0»", "label"),
    ('label  = { fr = "Enregistré", en = "Registered" }\n', "", "label_missing", "«\u00a0label\u00a0» de «\u00a0states.registered\u00a0»", "[states.registered]"),
    ('kind     = "legal"\n', "", "key_missing", "Il manque «\u00a0kind\u00a0» dans «\u00a0deadlines.implicit\u00a0»", "[deadlines.implicit]"),
    ('kind     = "legal"', 'kind     = "leagal"', "unknown_value", "vouliez-vous dire «\u00a0legal\u00a0»", "leagal"),
    ('{ type = "service", required', '{ type = "servce", required', "unknown_field_type", "«\u00a0servce\u00a0» n'est pas un type de champ", "servce"),
    ('message = "answer", role = "answers"', 'message = "answer", role = "replies"', "unknown_message_role", "«\u00a0replies\u00a0» n'est pas un rôle", "replies"),
    ('subject = "answer_delay"', 'subject = "anser_delay"', "unknown_value", "vouliez-vous dire «\u00a0answer_delay\u00a0»", "anser_delay"),
    (', otherwise = "1 month" }', " }", "key_missing", "Il manque «\u00a0otherwise\u00a0»", "within"),
    ('needs = ["signed"]', 'needs = "signed"', "value_wrong", "écrivez une liste", "needs"),
    ('version      = 1', 'version      = "one"', "value_wrong", "un nombre entier", "version"),
    ('version      = 1', 'version      = 0', "value_wrong", "à partir de 1", "version"),
    ("decides = true", 'decides = "yes please"', "value_wrong", "true ou false", "decides"),
    ('sends = { message = "receipt", role = "acknowledges" }', 'sends = "receipt"', "value_wrong", "une table", "sends"),
    #
    # Names that could be code
    ('needs = ["signed"]', 'needs = ["os.system"]', "name_not_plain", "«\u00a0os.system\u00a0» n'est pas un nom simple", "os.system"),
    ('effects = ["assign"]', 'effects = ["subprocess.run"]', "name_not_plain", "sans point ni espace", "subprocess.run"),
    ('needs = ["signed"]', 'before = "os.system"', "unknown_key", "«\u00a0before\u00a0» n'est pas un mot connu", "before"),
    ('needs = ["signed"]', 'conditions = ["casetrack.clock.now"]', "unknown_key", "«\u00a0conditions\u00a0»", "conditions"),
    (CLOSE, '[actions."os.system"]\n', "name_not_plain", "«\u00a0os.system\u00a0»", "os.system"),
    (CLOSE, '[actions.Close]\n', "name_not_plain", "des minuscules", "Close"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "words", "line"),
    MISSHAPEN,
    ids=[f"{row[2]}-{n}" for n, row in enumerate(MISSHAPEN)],
)
def test_a_misshapen_definition_is_refused_with_its_line_and_what_to_change(old, new, code, words, line):
    assert SOURCE.count(old) == 1
    source = SOURCE.replace(old, new)

    found = refused(source)

    assert [finding.code for finding in found] == [code]
    assert words in found[0].sentence.fr
    assert line in source.splitlines()[found[0].line - 1]


def test_every_fault_of_the_shape_is_said_at_once():
    found = refused(
        SOURCE.replace("version      = 1", 'version      = "one"').replace("decides = true", "decids = true")
    )

    assert [finding.code for finding in found] == ["value_wrong", "unknown_key"]


def test_a_finding_is_one_line_french_first():
    line = str(refused(SOURCE.replace("decides = true", "decids = true"))[0])

    assert re.fullmatch(
        r"mail/workflow\.toml:\d+: unknown_key: «\u00a0decids\u00a0» n'est pas .+ / “decids” is not .+", line
    )


def test_the_line_of_every_key_is_where_it_is_written():
    lines = SOURCE.splitlines()

    for path, number in lines_of(SOURCE).items():
        named = [part for part in path if isinstance(part, str)]
        assert named[-1] in lines[number - 1] or isinstance(path[-1], int), path


def test_lines_are_found_through_comments_strings_and_repeated_tables():
    source = 'a = "[x] # = {" # [b]\nc = """\n[d]\n"""\n[[e]]\nf = [1, # {\n  { g = 2.5 },\n]\n[[e]]\nf = 1\n[h."i.j"]\nk.l = 1\n'

    at = lambda *path: line_of(source, path)  # noqa: E731

    assert [
        at("c"),
        at("e", 0, "f", 1, "g"),
        at("e", 1, "f"),
        at("h", "i.j", "k", "l"),
        at("h", "i.j", "missing"),
    ] == [2, 7, 10, 12, 11]


def test_a_definition_is_read_with_its_messages_and_the_blocks_that_they_name(tmp_path):
    write(tmp_path)
    (tmp_path / "blocks" / "other.fr.txt").write_text("Nobody names this block.", encoding="utf-8")

    definition = read(tmp_path / "mail")

    assert definition.messages == MESSAGES
    assert definition.sha256 == mail().sha256


def test_the_hash_sees_every_word_and_no_line_end():
    crlf = {name: text.replace("\n", "\r\n") for name, text in reversed(MESSAGES.items())}

    assert hash_of(SOURCE.replace("\n", "\r\n"), crlf) == hash_of(SOURCE, MESSAGES)
    assert hash_of(SOURCE.replace("Reçu", "Vu"), MESSAGES) != hash_of(SOURCE, MESSAGES)
    assert hash_of(SOURCE, MESSAGES | {"agent.fr.txt": "Accueil\n"}) != hash_of(SOURCE, MESSAGES)
    assert hash_of("a", {"b": "c", "d": "e"}) != hash_of("a", {"b": "c\0d\0e"})


def test_a_folder_gives_all_its_definitions_or_all_their_findings(tmp_path):
    write(tmp_path)
    write(tmp_path, INCIDENT, {})

    assert [definition.key for definition in read_folder(tmp_path)] == ["incident", "mail"]
    for key in ("incident", "mail"):
        file = tmp_path / key / "workflow.toml"
        file.write_text(file.read_text(encoding="utf-8").replace("opens_in", "opens"), encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_folder(tmp_path)

    assert {Path(finding.file).parent.name for finding in error.value.findings} == {"incident", "mail"}


def test_a_folder_and_its_definition_have_the_same_name(tmp_path):
    write(tmp_path).rename(tmp_path / "post")

    with pytest.raises(DefinitionError) as error:
        read(tmp_path / "post")

    assert [(f.code, f.line) for f in error.value.findings] == [("key_differs_from_folder", 1)]


def test_the_same_workflow_twice_is_refused(tmp_path):
    one, two = write(tmp_path / "one"), write(tmp_path / "two")

    with pytest.raises(DefinitionError) as error:
        read_all([one, two])

    assert [finding.code for finding in error.value.findings] == ["duplicate_workflow"]


@pytest.mark.parametrize("content", [None, b'label = "\xe9"'])
def test_a_file_that_cannot_be_read_is_a_finding_not_a_traceback(tmp_path, content):
    if content:
        (tmp_path / "workflow.toml").write_bytes(content)

    with pytest.raises(DefinitionError) as error:
        read(tmp_path / "workflow.toml")

    assert [finding.code for finding in error.value.findings] == ["file_unreadable"]


def test_a_message_that_is_not_utf_8_is_a_finding_of_its_own_file(tmp_path):
    (write(tmp_path) / "messages" / "answer.fr.txt").write_bytes("Objet : Réponse".encode("latin-1"))

    with pytest.raises(DefinitionError) as error:
        read(tmp_path / "mail")

    assert [(f.code, Path(f.file).name) for f in error.value.findings] == [
        ("file_unreadable", "answer.fr.txt")
    ]


def test_neighbours_that_cannot_be_read_are_left_out(tmp_path):
    write(tmp_path)
    write(tmp_path, INCIDENT, {})
    definition = read(tmp_path / "mail")
    (tmp_path / "incident" / "workflow.toml").write_text("key =", encoding="utf-8")

    assert list(neighbours(definition)) == ["mail"]


@pytest.mark.parametrize(
    "line", ['needs = ["{}"]', 'effects = ["{}"]', 'before = "{}"', 'conditions = ["{}"]', 'to = "{}"']
)
@pytest.mark.parametrize("name", ["tripwire", "tripwire.fire"])
def test_a_name_that_is_a_module_is_never_imported(tmp_path, monkeypatch, line, name):
    (tmp_path / "tripwire.py").write_text("def fire(*_): raise SystemExit('imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with suppress(DefinitionError):
        check(from_text(SOURCE.replace('needs = ["signed"]', line.format(name)), MESSAGES))

    assert "tripwire" not in sys.modules

"""A CSV file is read as it comes: bad lines are told, and good ones beside them are kept."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.correspondence.csv_file import LONGEST, CsvFile
from casetrack.errors import InvalidInput


@pytest.fixture
def read(tmp_path):
    """Read bytes as a file: its header, then cells by row, or "line: fault"."""

    def reading(content: bytes, **how: str) -> list:
        path = tmp_path / "lettres.csv"
        path.write_bytes(content)
        with CsvFile(path, **how) as file:
            rows = [f"{row.line}: {row.fault}" if row.fault else row.cells for row in file.rows()]
            return [file.header, *rows]

    return reading


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"\xef\xbb\xbfid,objet\n1,a\n", [["1", "a"]]),  # the mark that spreadsheets put first
        ("id,objet\n1,été\n".encode("cp1252"), [["1", "été"]]),  # an old Windows
        ("id,objet\n1,été\n".encode() + b"2,\xe9t\xe9\n", [["1", "été"], ["2", "été"]]),  # two exports in one
        ("id,objet\n1,été\n".encode("utf-16"), [["1", "été"]]),  # "Unicode text", says a spreadsheet
        (b"id,objet\n1,a\x00b\x07\n", [["1", "ab"]]),  # what PostgreSQL refuses
        (b"id,objet\r\n1,a\r\n", [["1", "a"]]),
        (b"id,objet\r1,a\r2,b\r", [["1", "a"], ["2", "b"]]),  # an old Macintosh
        (b'id,objet\n1,"a\nb"\n2,c\n', [["1", "a\nb"], ["2", "c"]]),  # a letter of several lines in one cell
        (b'id,objet\n1,a "b" c\n', [["1", 'a "b" c']]),
        (b"id,objet\n\n  \n,,\n1,a\n", [["1", "a"]]),  # empty lines say nothing
        (b"id,objet\n1\n2,b\n", [["1"], ["2", "b"]]),  # some exports leave empty cells out at the end
        (b"id,objet\n1,a,,\n", [["1", "a", "", ""]]),
        (b"id,objet\n1,a,b\n2,c\n", ["2: too_many_cells", ["2", "c"]]),
        (b'id,objet\n1,"a\n2,b\n3,c\n', ["2: unreadable_line", ["2", "b"], ["3", "c"]]),  # never closed
        (b'id,objet\n1,a\n2,"b', [["1", "a"], "3: unreadable_line"]),  # cut off in the middle
        (b"id,objet\n1," + b"x" * 3 * LONGEST + b"\n2,b\n", ["2: unreadable_line", ["2", "b"]]),
        (b"id,objet\n", []),
        (b"id,objet", []),
    ],
)
def test_a_row_is_read_or_told(read, content, rows):
    assert read(content) == [["id", "objet"], *rows]


def test_a_quotation_mark_left_open_takes_its_own_line_only(read):
    swallowed = b"2,b\n" * (LONGEST // 4 + 10)

    _header, first, *others = read(b'id,objet\n1,"a\n' + swallowed)

    assert first == "2: unreadable_line"
    assert others == [["2", "b"]] * (LONGEST // 4 + 10)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_mapping_says_what_stands_between_cells(read, delimiter):
    assert read(f"id{delimiter}objet\n1{delimiter}a\n".encode(), delimiter=delimiter)[1:] == [["1", "a"]]


def test_a_file_of_dos_is_read_in_its_encoding(read):
    assert read("id\nété\n".encode("cp850"), encoding="cp850")[1:] == [["été"]]


def test_a_compressed_file_is_known_by_its_content(read):
    assert read(gzip.compress(b"id\n1\n"))[1:] == [["1"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\n\n", "empty_file"),
        (b"\x1f\x8b", "damaged_file"),
        (b"\x1f\x8bnot compressed at all", "damaged_file"),
        (gzip.compress(b"id\n" + bytes(range(32, 127)) * 900)[:-20], "damaged_file"),  # the download stopped
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(read, content, code):
    with pytest.raises(InvalidInput) as refused:
        read(content)

    assert refused.value.code == code
    assert "lettres.csv" in refused.value.sentence.fr


def test_a_file_that_does_not_exist_is_refused_in_words(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InvalidInput, match="unreadable_file"):
            CsvFile(path)


def test_lines_keep_their_numbers_after_a_cell_of_several_lines(tmp_path):
    path = tmp_path / "lettres.csv"
    path.write_text('id,objet\n1,"a\nb\nc"\n2,d\n', encoding="utf-8")

    with CsvFile(path) as file:
        assert [row.line for row in file.rows()] == [2, 5]


@given(st.binary(max_size=400))
def test_no_content_at_all_is_a_traceback(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "anything.csv"
    path.write_bytes(content)

    try:
        with CsvFile(path) as file:
            list(file.rows())
    except InvalidInput:
        pass


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n",;'), max_size=20)


@given(
    st.lists(
        st.lists(TEXT, min_size=3, max_size=3).filter(lambda row: any(c.strip() for c in row)), max_size=8
    )
)
def test_what_a_spreadsheet_writes_is_what_we_read(tmp_path_factory, rows):
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(written.getvalue(), encoding="utf-8", newline="")

    with CsvFile(path) as file:
        assert [row.cells for row in file.rows()] == rows


@given(st.text(st.sampled_from('a,"\n'), max_size=60))
def test_no_line_is_lost_however_its_quotation_marks_stand(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "quotes.csv"
    path.write_text("a,b\n" + content, encoding="utf-8")

    with CsvFile(path) as file:
        kept = "".join("".join(row.cells) for row in file.rows())

    assert kept.count("a") == content.count("a")


def test_a_row_is_bounded_below_what_the_library_refuses():
    assert csv.field_size_limit() > LONGEST

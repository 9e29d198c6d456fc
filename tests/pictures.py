"""Turns what `tmux capture-pane -p -e` prints into an SVG, on standard output.

Called by tests/pictures.sh with the number of columns. Knows what glassbox and tmux write: plain
text and SGR sequences with the sixteen colours. Frames are drawn as lines, since fonts differ in
how well their box characters join; every word is stretched to its cells, since fonts differ in
width.
"""

import re
import sys
from html import escape

CELL, ROW, SIZE, BASE, MARGIN = 9.0, 19.0, 15, 14.0, 12.0
BACKGROUND, FOREGROUND = "#16181d", "#d6d9df"
COLOURS = """#2a2e37 #e06c75 #98c379 #e5a24c #6cb0f5 #c792ea #56c8d8 #d6d9df
             #7f8794 #ff8b92 #b5e08f #ffc070 #93c8ff #dcb3ff #83e3f0 #ffffff""".split()
# The arms of a frame's corner: left, right, up, down.
ARMS = dict(zip("─═│║┌╔┐╗└╚┘╝", "LR LR UD UD RD RD LD LD RU RU LU LU".split()))
DOUBLE = "═║╔╗╚╝"


def styled_cells(line):
    """Yields each character of a line with its style: colour, bold, dim, underlined, reversed."""
    style = {}
    for sgr, char in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
        if char:
            yield char, tuple(sorted(style.items()))
            continue
        codes = [int(code or 0) for code in sgr.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                style = {}
            elif code in (1, 2, 3, 4, 7):
                style[{1: "bold", 2: "dim", 3: "italic", 4: "underlined", 7: "reversed"}[code]] = True
            elif 30 <= code <= 37 or 90 <= code <= 97:
                style["colour"] = COLOURS[code - 30 if code < 40 else code - 82]
            elif code == 38 and codes[:1] == [5]:
                style["colour"] = palette(codes[1])
                del codes[:2]
            elif code == 39:
                style.pop("colour", None)


def palette(number):
    """One of the 256 colours of xterm."""
    if number < 16:
        return COLOURS[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    level = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{level[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


def frame(char, x, y, colour):
    """A box character as lines from the middle of its cell."""
    middle_x, middle_y = x + CELL / 2, y + ROW / 2
    ends = {"L": (x, middle_y), "R": (x + CELL, middle_y), "U": (middle_x, y), "D": (middle_x, y + ROW)}
    path = " ".join(f"M{middle_x:g} {middle_y:g}L{ends[arm][0]:g} {ends[arm][1]:g}" for arm in ARMS[char])
    if char not in DOUBLE:
        return f'<path d="{path}" stroke="{colour}"/>'
    # Twice the same line, the inner one in the colour of the ground: a double line.
    cap = "butt" if char in "═║" else "round"
    return (f'<path d="{path}" stroke="{colour}" stroke-width="4.2" stroke-linecap="{cap}"/>',
            f'<path d="{path}" stroke="{BACKGROUND}" stroke-width="1.6" stroke-linecap="{cap}"/>')


def word(text, x, y, style, colour):
    """A run of text in one style, without blanks at its ends."""
    looks = ' font-weight="bold"' if style.get("bold") else ""
    looks += ' opacity="0.62"' if style.get("dim") else ""
    looks += ' text-decoration="underline"' if style.get("underlined") else ""
    looks += ' font-style="italic"' if style.get("italic") else ""
    return (f'<text x="{x:g}" y="{y + BASE:g}" fill="{colour}" textLength="{len(text) * CELL:g}"'
            f' lengthAdjust="spacingAndGlyphs"{looks}>{escape(text)}</text>')


def row(line, y):
    """The shapes and words of one row."""
    cells = list(styled_cells(line))
    shapes, covers, words = [], [], []
    at = 0
    while at < len(cells):
        char, key = cells[at]
        style, x = dict(key), MARGIN + at * CELL
        colour = style.get("colour", FOREGROUND)
        if char in ARMS:
            shape = frame(char, x, y, colour)
            (first, second) = (shape, None) if isinstance(shape, str) else shape
            shapes.append(first)
            covers.extend([second] if second else [])
            at += 1
            continue
        end = at
        while end < len(cells) and cells[end][1] == key and cells[end][0] not in ARMS:
            end += 1
        text = "".join(char for char, _ in cells[at:end])
        if style.get("reversed"):
            shapes.append(f'<rect x="{x:g}" y="{y:g}" width="{len(text) * CELL:g}" height="{ROW:g}" fill="{colour}"/>')
            colour = BACKGROUND
        for part in re.finditer(r"\S+(?: \S+)*", text):
            words.append(word(part.group(), x + part.start() * CELL, y, style, colour))
        at = end
    return shapes, covers, words


def main():
    columns = int(sys.argv[1])
    lines = [line.rstrip("\n") for line in sys.stdin]
    lines = [line for line in lines if "Pane is dead" not in line]
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip():
        lines.pop()
    width, height = columns * CELL + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    rows = [row(line, MARGIN + at * ROW) for at, line in enumerate(lines)]
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
          f' width="{width:g}" height="{height:g}" fill="none" stroke-width="1.3" font-size="{SIZE}"'
          ' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" xml:space="preserve">')
    print(f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{BACKGROUND}"/>')
    for layer in zip(*rows):
        for shapes in layer:
            print("\n".join(shapes)) if shapes else None
    print("</svg>")


main()

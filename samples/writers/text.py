"""TXT and HTML resumes. Called by `samples.build`."""

from __future__ import annotations

import textwrap
from html import escape

from samples.writers.people import Entry, Person, Section

WIDTH = 92


def txt(person: Person) -> bytes:
    """Plain text with wrapped lines, in the person's encoding. Files in cp1252 have the line ends of Windows."""
    lines = [person.name, person.label, " | ".join(person.contact)]
    for section in person.sections:
        lines += ["", section.title.upper(), "-" * len(section.title)]
        lines += [line for paragraph in section.paragraphs for line in textwrap.wrap(paragraph, WIDTH)]
        lines += bullet_lines(section.bullets)
        for entry in section.entries:
            lines += ["", " - ".join(part for part in (entry.title, entry.where, entry.dates) if part)]
            lines += bullet_lines(entry.bullets)
    end = "\r\n" if person.encoding == "cp1252" else "\n"
    return (end.join(lines) + end).encode(person.encoding)


def bullet_lines(bullets: tuple[str, ...]) -> list[str]:
    """Bullets with a star and a hanging indent."""
    return [line for text in bullets for line in textwrap.wrap(f"* {text}", WIDTH, subsequent_indent="  ")]


def html(person: Person) -> bytes:
    """A page as a person's own site or an export would have it: styles, headings, lists."""
    body = "\n".join(section_html(section) for section in person.sections)
    page = f"""<!DOCTYPE html>
<html lang="{person.language}">
<head>
<meta charset="utf-8">
<title>{escape(person.name)} – {escape(person.label)}</title>
<style>
body {{ font: 16px/1.5 Georgia, serif; max-width: 44rem; margin: 2rem auto; color: #222; }}
h2 {{ border-bottom: 1px solid #bbb; }} .dates {{ color: #666; }}
</style>
</head>
<body>
<header>
<h1>{escape(person.name)}</h1>
<p>{escape(person.label)}</p>
<address>{" · ".join(escape(part) for part in person.contact)}</address>
</header>
{body}
</body>
</html>
"""
    return page.encode("utf-8")


def section_html(section: Section) -> str:
    """One section with its heading."""
    parts = [f"<section>\n<h2>{escape(section.title)}</h2>"]
    parts += [f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs]
    parts += [list_html(section.bullets), *(entry_html(entry) for entry in section.entries), "</section>"]
    return "\n".join(part for part in parts if part)


def entry_html(entry: Entry) -> str:
    """One job or course."""
    where = " | ".join(escape(part) for part in (entry.where, entry.dates) if part)
    head = f'<h3>{escape(entry.title)}</h3>\n<p class="dates">{where}</p>'
    return "\n".join(part for part in (head, list_html(entry.bullets)) if part)


def list_html(bullets: tuple[str, ...]) -> str:
    """A list, or nothing where there are no bullets."""
    if not bullets:
        return ""
    items = "\n".join(f"<li>{escape(text)}</li>" for text in bullets)
    return f"<ul>\n{items}\n</ul>"

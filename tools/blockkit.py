"""Draws Slack's blocks as a picture: a small Block Kit to HTML converter, and a browser that photographs the page.

Knows no message but by its blocks; colours and fonts are ours, not Slack's. Needs Debian's `chromium`.
"""

import html
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

STYLE = """
body{margin:0;background:#fff;font:15px/1.46 'DejaVu Sans',sans-serif;color:#1d1c1d}
.message{display:flex;gap:10px;padding:14px 18px}.reply{margin-left:46px;border-left:2px solid #ddd}
.icon{width:36px;height:36px;border-radius:6px;background:#24405c;color:#fff;text-align:center;line-height:36px;flex:none}
.name{font-weight:bold}.app{background:#e8e8e8;color:#616061;font-size:10px;
  padding:1px 4px;border-radius:2px;margin:0 6px}
.header{font-size:18px;font-weight:bold;margin:4px 0}.context{color:#616061;font-size:13px;margin:4px 0}
.rich{margin:4px 0}blockquote{border-left:4px solid #ddd;margin:4px 0;padding-left:10px;color:#454245}
.caption{background:#f0f0f0;color:#454245;font-size:13px;font-weight:bold;padding:6px 18px}
.note{color:#616061;font-size:12px}
ul{margin:4px 0;padding-left:22px}a{color:#1264a3;text-decoration:none}.emoji{font-family:'Noto Color Emoji'}
"""


MEASURE = "<script>document.title = document.documentElement.scrollHeight</script>"


def element(part: dict[str, Any]) -> str:
    words = html.escape(str(part.get("text", ""))).replace("\n", "<br>")
    style = part.get("style") or {}
    if isinstance(style, dict):
        words = f"<b>{words}</b>" if style.get("bold") else words
        words = f"<i>{words}</i>" if style.get("italic") else words
    if part["type"] == "link":
        words = f'<a href="#">{words}</a>'
    if part["type"] == "mrkdwn":  # only times are sent so: show what Slack shows where it cannot place them
        words = html.escape(str(part["text"]).strip("<>").rpartition("|")[2])
    return words


def block(part: dict[str, Any]) -> str:
    match part["type"]:
        case "header":
            return f'<div class="header">{html.escape(part["text"]["text"])}</div>'
        case "context":
            return '<div class="context">' + " &nbsp; ".join(map(element, part["elements"])) + "</div>"
        case "divider":
            return "<hr>"
        case "rich_text" | "rich_text_section":
            tag = "div" if part["type"] == "rich_text" else "span"
            return f'<{tag} class="rich">' + "".join(map(block, part["elements"])) + f"</{tag}>"
        case "rich_text_quote":
            return "<blockquote>" + "".join(map(element, part["elements"])) + "</blockquote>"
        case "rich_text_list":
            return "<ul>" + "".join(f"<li>{block(row)}</li>" for row in part["elements"]) + "</ul>"
        case _:
            return element(part)


def drawn(blocks: list[dict[str, Any]], *, reply: bool = False, note: str = "") -> str:
    """One message. `note` stands beside the sender's name."""
    css = "message reply" if reply else "message"
    return (
        f'<div class="{css}"><div class="icon">B</div><div><span class="name">Brinkwatch</span>'
        f'<span class="app">APP</span><span class="note">{html.escape(note)}</span>'
        f"{''.join(map(block, blocks))}</div></div>"
    )


def caption(words: str) -> str:
    return f'<div class="caption">{html.escape(words)}</div>'


def photograph(body: str, path: Path) -> None:
    """A picture of HTML, 760 pixels wide and as high as it needs."""
    browser = shutil.which("chromium")
    if browser is None:
        raise SystemExit("chromium is missing: apt-get install chromium fonts-noto-color-emoji")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "card.html"
        page = f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{body}{MEASURE}'
        source.write_text(page, encoding="utf-8")
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--hide-scrollbars", f"--user-data-dir={folder}/profile",
        ]  # fmt: skip
        small = [*command, "--window-size=760,100", "--dump-dom", source.as_uri()]
        found = subprocess.run(small, check=True, capture_output=True, text=True).stdout
        height = found.partition("<title>")[2].partition("<")[0]
        whole = [*command, f"--window-size=760,{height}", f"--screenshot={path.resolve()}", source.as_uri()]
        subprocess.run(whole, check=True, capture_output=True)

"""Words that are marked in the browser are the words that the server finds, in any script."""

import random
import re

from playwright.sync_api import Browser

from server.discussion.anchoring import Selection, find_quote
from server.text.blocks import blocks_of
from server.text.parse import parse_document
from server.web import assets

TEXTS = 2_000
PIECES = (
    *("a", "rep", "5%", "$1,000", "quota", "don't"),
    *("🎉", "👩‍👩‍👧", "🇩🇪", "👍🏽", "𝑥", "𠮷"),
    *("e\u0301", "n\u0303o", "कि", "ก็", "จ่าย"),
    *("提成", "報酬", "한국", "می‌شود", "עמלה", "العمولة"),
)
MARK = """(marks) => {
  htmx.ajax = (verb, url) => { urls.push(url); return new Promise(() => {}); };
  const urls = [], results = [];
  for (const [id, words, first, last] of marks) {
    const block = document.getElementById(id), range = document.createRange();
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT), node = walker.nextNode();
    range.setStart(node, first);
    range.setEnd(node, last);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.dispatchEvent(new Event("selectionchange"));
    document.querySelector("#pick").click();
    const url = new URL(urls.at(-1));
    results.push([url.searchParams.get("quote"), Number(url.searchParams.get("at"))]);
  }
  return results;
}"""


def generated(draw: random.Random) -> str:
    return " ".join(draw.choice(PIECES) for _ in range(draw.randint(2, 9)))


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_marked_words_are_found_in_two_thousand_texts(browser: Browser) -> None:
    draw = random.Random(17)
    markdown = "\n\n".join(generated(draw) for _ in range(TEXTS))
    blocks = blocks_of(markdown)
    assert len(blocks) == TEXTS
    wanted, marks = [], []
    for number, block in enumerate(blocks):
        words = list(re.finditer(r"\S+", block.text))
        first = draw.randrange(len(words))
        last = draw.randrange(first, len(words))
        start, end = words[first].start(), words[last].end()
        wanted.append((start, end))
        marks.append([f"b{number}", block.text[start:end], utf16(block.text[:start]), utf16(block.text[:end])])
    prose = "".join(map(str, parse_document(markdown).parts))
    link = r'<p id="b\1">\2<a class="add-comment" href="/on?block=\1">+</a></p>'
    prose = re.sub(r'<p id="b(\d+)">(.*?)</p>', link, prose, flags=re.DOTALL)
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=html))
    html = f'<!DOCTYPE html><meta charset="utf-8"><div class="prose">{prose}</div><div id="panel" hidden></div>'
    html += '<button id="pick" hidden>Comment</button>'
    page.goto("http://townhall.test/")
    page.add_script_tag(content=assets.content("site.js").decode())
    results = page.evaluate(MARK, marks)
    page.close()
    wrong = []
    for number, ((quote, offset), (start, end)) in enumerate(zip(results, wanted, strict=True)):
        found = find_quote(markdown, Selection(number, quote, offset)).range
        if offset != start or not (found.start <= start and end <= found.end) or found.end - found.start > end - start:
            wrong.append((blocks[number].text, quote, offset, start, end, found))
    assert wrong == []

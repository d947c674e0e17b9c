/**
 * The report's transcript without fillers, repeated words and false starts, at a click; without this file, as in a saved
 * report, every word stands there. It hides words, and changes none.
 */

const line = document.getElementById('cleaned');
const box = line.querySelector('input');

/** The words of a line, by place, each in an element of its own. */
function wordsOf(paragraph) {
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  return texts.flatMap((text) => {
    if (text.parentElement !== paragraph) return text.data.trim() ? [text.parentElement] : [];
    const parts = text.data.split(/(\s+)/).filter(Boolean).map((part) => {
      if (!part.trim()) return document.createTextNode(part);
      const word = document.createElement('span');
      word.textContent = part;
      return word;
    });
    text.replaceWith(...parts);
    return parts.filter((part) => part.nodeType === Node.ELEMENT_NODE);
  });
}

/** Of an answer's words one can be reached by Tab: never a hidden one. */
function handOn(word) {
  if (word.tabIndex !== 0) return;
  const next = [...word.parentElement.querySelectorAll('[data-at]')].find((other) => !other.hidden);
  if (!next) return;
  for (const name of ['tabindex', 'role']) {
    next.setAttribute(name, word.getAttribute(name));
    word.removeAttribute(name);
  }
}

const hidable = Object.entries(JSON.parse(line.dataset.leftOut)).flatMap(([turn, places]) => {
  const paragraph = document.querySelector(`#t${turn} p`);
  const words = paragraph ? wordsOf(paragraph) : [];
  return places.map((place) => words[place]).filter(Boolean);
});

box.addEventListener('change', () => {
  for (const word of hidable) word.hidden = box.checked;
  for (const word of hidable) if (word.hidden) handOn(word);
});
document.getElementById('transcript').after(line);
line.hidden = hidable.length === 0;

/**
 * Asking for help or an adjustment in mid-interview: pauses it, sends the form, and leaves the pause to the candidate.
 * Independent of interview.js: it presses the same Pause button a person would.
 */

const dialog = document.getElementById('ask');
const form = dialog.querySelector('form');
const says = document.getElementById('ask-says');
const pause = document.getElementById('pause');

/** Now, or as soon as the interview can be paused. */
function pauseIt() {
  if (dialog.open && pause.dataset.action === 'pause' && !pause.disabled) pause.click();
}

function open() {
  says.textContent = '';
  dialog.showModal();
  pauseIt();
}

async function send(event) {
  event.preventDefault();
  let text = 'It could not be sent. Check your network and send it again; your words are still here.';
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers: { accept: 'application/json' } });
    if (answer.ok) {
      form.reset();
      text = 'Your request has reached the employer. Press Resume when you want to go on.';
    } else {
      text = (await answer.json()).detail;
    }
  } catch {
    // the line is down: said above
  }
  says.textContent = text;
}

document.getElementById('ask-open').addEventListener('click', open);
document.getElementById('ask-close').addEventListener('click', () => dialog.close());
form.addEventListener('submit', send);
new MutationObserver(pauseIt).observe(pause, { attributeFilter: ['disabled'] });

import { complete, models } from './api.js';
import { watchMetrics } from './metrics.js';
import { pictures, takePictures } from './pictures.js';

const byId = id => document.getElementById(id);
const conversation = byId('conversation');
const messages = [];
let running = null;

byId('api-key').value = sessionStorage.getItem('gatun-api-key') ?? '';
byId('api-key').addEventListener('change', event => {
  sessionStorage.setItem('gatun-api-key', event.target.value);
  showModel();
});
byId('prompt').addEventListener('submit', event => {
  event.preventDefault();
  send();
});
byId('text').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
byId('stop').addEventListener('click', () => running?.abort());
byId('clear').addEventListener('click', () => {
  running?.abort();
  messages.length = 0;
  conversation.replaceChildren();
});
takePictures(byId('prompt'), byId('file'), byId('pictures'), explain);
watchMetrics(byId('metrics'), byId('throughput'), () => byId('api-key').value);
showModel();

async function showModel() {
  try {
    byId('model').textContent = (await models(byId('api-key').value)).map(model => model.id).join(', ');
  } catch (failure) {
    byId('model').textContent = failure.message;
  }
}

async function send() {
  const text = byId('text').value.trim();
  if (running || (!text && pictures().length === 0)) {
    return;
  }
  const parts = pictures().map(url => ({ type: 'image_url', image_url: { url } }));
  messages.push({ role: 'user', content: parts.length === 0 ? text : [...parts, { type: 'text', text }] });
  show('user', text, pictures());
  byId('text').value = '';
  pictures().splice(0);
  byId('pictures').replaceChildren();
  await answer();
}

async function answer() {
  const shown = show('assistant', '');
  const started = performance.now();
  let first = 0;
  let usage = null;
  const message = { role: 'assistant', content: '' };
  running = new AbortController();
  busy(true);
  try {
    for await (const event of complete(request(), byId('api-key').value, running.signal)) {
      usage = event.usage ?? usage;
      for (const choice of event.choices) {
        first ||= choice.delta.content || choice.delta.reasoning_content || choice.delta.tool_calls ? performance.now() : 0;
        append(shown, message, choice.delta);
      }
    }
  } catch (failure) {
    if (failure.name !== 'AbortError') {
      explain(failure.message, shown);
    }
  }
  running = null;
  busy(false);
  if (message.content || message.tool_calls) {
    messages.push(message);
  } else {
    messages.pop();
  }
  figures(shown, usage, started, first);
}

function request() {
  const body = { messages: [...messages], stream: true, stream_options: { include_usage: true } };
  const system = byId('system').value.trim();
  if (system) {
    body.messages.unshift({ role: 'system', content: system });
  }
  const temperature = byId('temperature').valueAsNumber;
  const most = byId('max-tokens').valueAsNumber;
  return { ...body, ...(Number.isNaN(temperature) ? {} : { temperature }), ...(Number.isNaN(most) ? {} : { max_tokens: most }) };
}

function append(shown, message, delta) {
  if (delta.reasoning_content) {
    const details = shown.querySelector('details') ?? shown.insertBefore(element('details', 'Thoughts\n', 'summary'), shown.firstChild);
    details.append(delta.reasoning_content);
  }
  for (const call of delta.tool_calls ?? []) {
    const calls = message.tool_calls ??= [];
    calls[call.index] ??= { id: call.id, type: 'function', function: { name: call.function.name, arguments: '' } };
    calls[call.index].function.arguments += call.function.arguments ?? '';
    shown.querySelectorAll('pre').forEach(pre => pre.remove());
    calls.forEach(each => shown.append(element('pre', `${each.function.name}(${each.function.arguments})`)));
  }
  if (delta.content) {
    message.content += delta.content;
    shown.querySelector('.body').append(delta.content);
  }
  conversation.scrollTop = conversation.scrollHeight;
}

function show(role, text, images = []) {
  const article = document.createElement('article');
  article.className = role;
  for (const url of images) {
    article.append(Object.assign(new Image(), { src: url, alt: 'picture sent' }));
  }
  const body = element('div', text);
  body.className = 'body';
  article.append(body);
  conversation.append(article);
  article.scrollIntoView();
  return article;
}

function explain(message, article = show('assistant', '')) {
  article.classList.add('failed');
  article.querySelector('.body').textContent = message;
}

function figures(shown, usage, started, first) {
  if (!usage || !first) {
    return;
  }
  const seconds = (performance.now() - first) / 1000;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const speed = usage.completion_tokens > 1 && seconds > 0 ? `, ${((usage.completion_tokens - 1) / seconds).toFixed(0)} tok/s` : '';
  const line = element('div', `${usage.prompt_tokens} tokens in (${cached} cached), ${usage.completion_tokens} out; first after ${(first - started).toFixed(0)} ms${speed}`);
  line.className = 'figures';
  shown.append(line);
}

function element(name, text, headed) {
  const made = document.createElement(name);
  if (headed) {
    made.append(element(headed, text.trim()));
  } else {
    made.textContent = text;
  }
  return made;
}

function busy(is) {
  byId('send').disabled = is;
  byId('stop').hidden = !is;
}

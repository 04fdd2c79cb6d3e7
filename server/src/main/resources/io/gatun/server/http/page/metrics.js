import { metrics } from './api.js';

const PERIOD_MS = 2000;
const KEPT = 60;
const SHOWN = [
  ['sglang:num_running_reqs', 'running requests', value => value.toFixed(0)],
  ['sglang:num_queue_reqs', 'queued requests', value => value.toFixed(0)],
  ['sglang:gen_throughput', 'tokens a second', value => value.toFixed(0)],
  ['sglang:token_usage', 'KV cache in use', percent],
  ['sglang:cache_hit_rate', 'prefix cache hits', percent],
];

/** Shows the server's metrics while the page is in sight. */
export function watchMetrics(list, canvas, key) {
  const history = [];
  const turn = async () => {
    if (!document.hidden) {
      const values = parse(await metrics(key()).catch(() => ''));
      list.replaceChildren(...SHOWN.flatMap(([name, label, format]) => row(label, values.has(name) ? format(values.get(name)) : '–')));
      history.push(values.get('sglang:gen_throughput') ?? 0);
      history.splice(0, history.length - KEPT);
      draw(canvas, history);
    }
    setTimeout(turn, PERIOD_MS);
  };
  turn();
}

/** Values by name, labels left aside. */
function parse(text) {
  const values = new Map();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)/.exec(line);
    if (found) {
      values.set(found[1], Number(found[2]));
    }
  }
  return values;
}

function percent(value) {
  return `${(100 * value).toFixed(0)} %`;
}

function row(label, value) {
  return [['dt', label], ['dd', value]].map(([name, text]) => Object.assign(document.createElement(name), { textContent: text }));
}

function draw(canvas, history) {
  const context = canvas.getContext('2d');
  const most = Math.max(1, ...history);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue('color');
  context.beginPath();
  history.forEach((value, i) => context.lineTo((i + KEPT - history.length) * canvas.width / (KEPT - 1), canvas.height - 2 - value / most * (canvas.height - 4)));
  context.stroke();
}

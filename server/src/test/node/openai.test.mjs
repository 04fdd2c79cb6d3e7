// The official OpenAI client, unpatched, against a server with the text sample. Arguments by environment: GATUN_URL, GATUN_KEY, GATUN_VISION_URL, GATUN_PICTURE.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import OpenAI from 'openai';

const { GATUN_URL, GATUN_KEY, GATUN_VISION_URL, GATUN_PICTURE } = process.env;
const client = new OpenAI({ baseURL: `${GATUN_URL}/v1`, apiKey: GATUN_KEY, maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const sum = { model, temperature: 0, messages: [{ role: 'user', content: 'What is 46 + 57?' }] };
const free = { model, temperature: 0, messages: [{ role: 'user', content: 'Tell me something.' }] };

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return chunks;
}

async function rejected(promise, type, check) {
  await assert.rejects(promise, error => {
    assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
    check?.(error);
    return true;
  });
}

test('chat', async () => {
  const answer = await client.chat.completions.create(sum);
  assert.equal(answer.object, 'chat.completion');
  assert.match(answer.choices[0].message.content, /103/);
  assert.equal(answer.choices[0].message.role, 'assistant');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
});

test('a stream gives the same text, then the usage', async () => {
  const whole = await client.chat.completions.create(sum);
  const chunks = await collect(await client.chat.completions.create({ ...sum, stream: true, stream_options: { include_usage: true } }));
  assert.equal(chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join(''), whole.choices[0].message.content);
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.deepEqual(chunks.at(-1).usage.completion_tokens, whole.usage.completion_tokens);
  assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
  assert.ok(chunks.every(chunk => chunk.object === 'chat.completion.chunk' && chunk.id === chunks[0].id));
});

test('a stream without the option has no usage', async () => {
  const chunks = await collect(await client.chat.completions.create({ ...sum, stream: true }));
  assert.ok(chunks.every(chunk => chunk.choices.length === 1 && !chunk.usage));
});

test('the helper of streams puts the answer together', async () => {
  const stream = client.chat.completions.stream(sum);
  let text = '';
  stream.on('content', delta => { text += delta; });
  const final = await stream.finalChatCompletion();
  assert.equal(final.choices[0].message.content, text);
});

test('several outputs', async () => {
  const answer = await client.chat.completions.create({ ...free, temperature: 1, n: 3, seed: 5, max_completion_tokens: 8 });
  assert.deepEqual(answer.choices.map(choice => choice.index), [0, 1, 2]);
  const chunks = await collect(await client.chat.completions.create({ ...free, temperature: 1, n: 3, seed: 5, max_completion_tokens: 8, stream: true }));
  for (const choice of answer.choices) {
    const streamed = chunks.flatMap(chunk => chunk.choices).filter(each => each.index === choice.index).map(each => each.delta.content ?? '').join('');
    assert.equal(streamed, choice.message.content);
  }
});

test('a seed draws the same again', async () => {
  const request = { ...free, temperature: 1, seed: 42, max_tokens: 12 };
  const [one, two] = [await client.chat.completions.create(request), await client.chat.completions.create(request)];
  assert.equal(one.choices[0].message.content, two.choices[0].message.content);
});

test('max_tokens ends by length, a stop string before itself', async () => {
  const short = await client.chat.completions.create({ ...free, max_tokens: 2 });
  assert.equal(short.choices[0].finish_reason, 'length');
  assert.equal(short.usage.completion_tokens, 2);
  const whole = (await client.chat.completions.create(sum)).choices[0].message.content;
  const stop = whole.slice(-3, -1);
  const stopped = await client.chat.completions.create({ ...sum, stop: ['never there', stop] });
  assert.equal(stopped.choices[0].message.content, whole.slice(0, whole.indexOf(stop)));
  assert.equal(stopped.choices[0].finish_reason, 'stop');
});

test('log-probabilities', async () => {
  const { choices: [choice] } = await client.chat.completions.create({ ...sum, logprobs: true, top_logprobs: 3 });
  const said = choice.logprobs.content;
  assert.ok(said.every(each => each.logprob <= 0 && each.top_logprobs.length === 3 && each.top_logprobs[0].logprob >= each.logprob - 1e-6));
  const bytes = Buffer.from(said.flatMap(each => each.bytes ?? []));
  assert.ok(bytes.toString().startsWith(choice.message.content));
});

test('a bias bans a token, penalties are taken', async () => {
  const whole = (await client.chat.completions.create(sum)).choices[0].message.content;
  const { tokens } = await (await fetch(`${GATUN_URL}/v1/tokenize`, {
    method: 'POST', body: JSON.stringify({ model, prompt: whole, add_special_tokens: false }),
    headers: { authorization: `Bearer ${GATUN_KEY}`, 'content-type': 'application/json' },
  })).json();
  const biased = await client.chat.completions.create({ ...sum, logit_bias: { [tokens[0]]: -100 }, max_tokens: 8 });
  assert.notEqual(biased.choices[0].message.content, whole);
  await client.chat.completions.create({ ...free, frequency_penalty: 1.5, presence_penalty: -0.5, top_p: 0.9, max_tokens: 8 });
});

const weather = {
  type: 'function',
  function: {
    name: 'weather', description: 'The weather of a place',
    parameters: {
      type: 'object', additionalProperties: false, required: ['place', 'unit'],
      properties: { place: { enum: ['Oslo', 'Rome'] }, unit: { enum: ['C', 'F'] } },
    },
  },
};

function assertWeather(call) {
  assert.equal(call.function.name, 'weather');
  assert.match(call.id, /^call_/);
  const given = JSON.parse(call.function.arguments);
  assert.ok(['Oslo', 'Rome'].includes(given.place) && ['C', 'F'].includes(given.unit), call.function.arguments);
}

for (const choice of ['required', { type: 'function', function: { name: 'weather' } }]) {
  test(`a tool call, by ${JSON.stringify(choice)}`, async () => {
    const request = { ...free, tools: [weather], tool_choice: choice, max_tokens: 200 };
    const answer = (await client.chat.completions.create(request)).choices[0];
    assert.equal(answer.finish_reason, 'tool_calls');
    answer.message.tool_calls.forEach(assertWeather);
    const final = await client.chat.completions.stream(request).finalChatCompletion();
    final.choices[0].message.tool_calls.forEach(assertWeather);
    assert.equal(final.choices[0].message.tool_calls[0].function.arguments, answer.message.tool_calls[0].function.arguments);
    const messages = [...free.messages, answer.message,
      ...answer.message.tool_calls.map(call => ({ role: 'tool', tool_call_id: call.id, content: '12 degrees' }))];
    await client.chat.completions.create({ ...free, messages, tools: [weather], max_tokens: 8 });
  });
}

test('without a choice no tool is called', async () => {
  const answer = (await client.chat.completions.create({ ...sum, tools: [weather], tool_choice: 'none' })).choices[0];
  assert.equal(answer.message.tool_calls ?? null, null);
  assert.match(answer.message.content, /103/);
});

test('a JSON schema', async () => {
  const schema = {
    type: 'object', additionalProperties: false, required: ['kind', 'size', 'tags'],
    properties: { kind: { enum: ['a', 'b'] }, size: { type: 'integer', minimum: 0, maximum: 99 }, tags: { type: 'array', items: { const: 'x' }, maxItems: 2 } },
  };
  for (const temperature of [0, 1]) {
    const answer = await client.chat.completions.create({
      ...free, temperature, seed: 3, max_tokens: 200, response_format: { type: 'json_schema', json_schema: { name: 'thing', strict: true, schema } },
    });
    const thing = JSON.parse(answer.choices[0].message.content);
    assert.ok(['a', 'b'].includes(thing.kind) && Number.isInteger(thing.size) && thing.size >= 0 && thing.size <= 99 && thing.tags.length <= 2);
  }
});

test('any JSON object', async () => {
  const answer = await client.chat.completions.create({ ...free, max_tokens: 4, response_format: { type: 'json_object' } });
  assert.match(answer.choices[0].message.content, /^\s*\{/);
});

test('completions', async () => {
  const request = { model, prompt: 'The capital of Norway is', temperature: 0, max_tokens: 4 };
  const answer = await client.completions.create({ ...request, echo: true, logprobs: 2 });
  assert.ok(answer.choices[0].text.startsWith(request.prompt));
  assert.equal(answer.choices[0].logprobs.tokens.length, answer.choices[0].logprobs.token_logprobs.length);
  const whole = await client.completions.create(request);
  const chunks = await collect(await client.completions.create({ ...request, stream: true }));
  assert.equal(chunks.map(chunk => chunk.choices[0].text).join(''), whole.choices[0].text);
  const two = await client.completions.create({ ...request, prompt: [request.prompt, 'The capital of Italy is'] });
  assert.deepEqual(two.choices.map(choice => choice.index), [0, 1]);
  assert.equal(two.choices[0].text, whole.choices[0].text);
});

test('embeddings', async () => {
  const { data } = await client.embeddings.create({ model, input: ['one', 'two', 'one'] });
  assert.ok(data[0].embedding.length > 1 && data[0].embedding.every(Number.isFinite));
  assert.deepEqual(data[0].embedding, data[2].embedding);
  const floats = await client.embeddings.create({ model, input: 'one', encoding_format: 'float' });
  assert.ok(floats.data[0].embedding.every((value, i) => Math.abs(value - data[0].embedding[i]) < 1e-6));
});

test('models', async () => {
  assert.equal((await client.models.retrieve(model)).id, model);
  await rejected(client.models.retrieve('nobody'), OpenAI.NotFoundError);
});

test('errors name what is wrong', async () => {
  await rejected(client.chat.completions.create({ ...sum, model: 'nobody' }), OpenAI.NotFoundError, error => assert.equal(error.code, 'model_not_found'));
  await rejected(client.chat.completions.create({ ...sum, temperature: 9 }), OpenAI.BadRequestError, error => assert.equal(error.param, 'temperature'));
  await rejected(client.chat.completions.create({ ...sum, messages: [] }), OpenAI.BadRequestError, error => assert.equal(error.param, 'messages'));
  await rejected(client.chat.completions.create({ ...sum, stop: [1] }), OpenAI.BadRequestError, error => assert.equal(error.param, 'stop'));
  const stranger = new OpenAI({ baseURL: `${GATUN_URL}/v1`, apiKey: 'wrong', maxRetries: 0 });
  await rejected(stranger.chat.completions.create(sum), OpenAI.AuthenticationError);
});

test('leaving a stream aborts it', async () => {
  const stream = await client.chat.completions.create({ ...free, stream: true, max_tokens: 900, ignore_eos: true });
  for await (const chunk of stream) {
    if (chunk.choices[0].delta.content) {
      break;
    }
  }
  await idle();
  const abort = new AbortController();
  const waiting = client.chat.completions.create({ ...free, max_tokens: 900, ignore_eos: true }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await rejected(waiting, OpenAI.APIUserAbortError);
  await idle();
});

async function idle() {
  const until = Date.now() + 5000;
  for (;;) {
    const text = await (await fetch(`${GATUN_URL}/metrics`, { headers: { authorization: `Bearer ${GATUN_KEY}` } })).text();
    const running = Number(/^sglang:num_running_reqs\S* (\S+)/m.exec(text)[1]);
    if (running === 0) {
      return;
    }
    assert.ok(Date.now() < until, `${running} requests still run after their client left`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('pictures', async () => {
  const seeing = new OpenAI({ baseURL: `${GATUN_VISION_URL}/v1`, apiKey: GATUN_KEY, maxRetries: 0 });
  const url = `data:image/png;base64,${readFileSync(GATUN_PICTURE).toString('base64')}`;
  const request = {
    model: (await seeing.models.list()).data[0].id, temperature: 0, max_tokens: 16,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }, { type: 'text', text: process.env.GATUN_QUESTION }] }],
  };
  const answer = await seeing.chat.completions.create(request);
  assert.equal(answer.choices[0].message.content.trim(), process.env.GATUN_ANSWER);
  const broken = structuredClone(request);
  broken.messages[0].content[0].image_url.url = 'data:image/png;base64,AAAA';
  await rejected(seeing.chat.completions.create(broken), OpenAI.BadRequestError);
});

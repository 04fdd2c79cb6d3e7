/** The server's models. */
export async function models(key) {
  return (await (await ask('v1/models', key)).json()).data;
}

/** The events of a streamed chat completion. */
export async function* complete(body, key, signal) {
  const response = await ask('v1/chat/completions', key, { method: 'POST', body: JSON.stringify(body), signal });
  for await (const data of events(response.body)) {
    if (data === '[DONE]') {
      return;
    }
    const event = JSON.parse(data);
    if (event.error) {
      throw new Error(event.error.message);
    }
    yield event;
  }
  throw new Error('the connection ended before the answer did');
}

/** The server's metrics in Prometheus's text form. */
export async function metrics(key) {
  return (await ask('metrics', key)).text();
}

async function ask(path, key, options = {}) {
  const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  if (!response.ok) {
    throw new Error(await reason(response));
  }
  return response;
}

async function reason(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `the server answered ${response.status}`;
  }
}

/** The data of server-sent events, one a line here. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) {
        yield line.slice('data:'.length).trim();
      }
    }
  }
}

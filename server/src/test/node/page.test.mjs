// The page at / in a real browser. Arguments by environment: GATUN_URL, GATUN_KEY, GATUN_VISION_URL, GATUN_PICTURE, CHROMIUM.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';

const { GATUN_URL, GATUN_KEY, GATUN_VISION_URL, GATUN_PICTURE, GATUN_QUESTION, GATUN_ANSWER, CHROMIUM } = process.env;
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
after(() => browser.close());

async function open(url) {
  const page = await browser.newPage();
  page.wrong = [];
  page.on('pageerror', error => page.wrong.push(error.message));
  page.on('console', message => message.type() === 'error' && page.wrong.push(message.text()));
  await page.goto(url);
  return page;
}

async function withKey(page) {
  await page.getByLabel('API key').fill(GATUN_KEY);
  await page.getByLabel('API key').blur();
  await page.locator('#model').filter({ hasNotText: 'key' }).filter({ hasNotText: 'connecting' }).waitFor();
  page.wrong.length = 0;
}

async function ask(page, text) {
  await page.getByLabel('Message').fill(text);
  await page.getByLabel('Message').press('Enter');
  const answer = page.locator('article.assistant').last();
  await answer.locator('.figures').waitFor();
  return answer.locator('.body').innerText();
}

test('without the key the page says so', async () => {
  const page = await open(GATUN_URL);
  await page.locator('#model').filter({ hasText: /key/i }).waitFor();
  await page.close();
});

test('chats, with the conversation so far', async () => {
  const page = await open(GATUN_URL);
  await withKey(page);
  await page.getByLabel('Temperature').fill('0');
  assert.match(await ask(page, 'What is 46 + 57?'), /103/);
  assert.match(await page.locator('article.assistant .figures').innerText(), /tokens in .* out; first after \d+ ms/);
  const before = await page.locator('article').count();
  await ask(page, 'What is 12 + 30?');
  assert.equal(await page.locator('article').count(), before + 2);
  await page.getByRole('button', { name: 'New conversation' }).click();
  assert.equal(await page.locator('article').count(), 0);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test('shows the metrics as they change', async () => {
  const page = await open(GATUN_URL);
  await withKey(page);
  await page.locator('#metrics dt', { hasText: 'running requests' }).waitFor();
  await page.locator('#metrics').getByText(/\d+ %/).first().waitFor();
  assert.ok(!(await page.locator('#metrics').innerText()).includes('–'));
  await page.close();
});

test('an error is shown and the next question is answered', async () => {
  const page = await open(GATUN_URL);
  await withKey(page);
  await page.getByLabel('Temperature').fill('9');
  await page.getByLabel('Message').fill('What is 46 + 57?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('article.failed').filter({ hasText: 'temperature' }).waitFor();
  await page.getByLabel('Temperature').fill('0');
  assert.match(await ask(page, 'What is 46 + 57?'), /103/);
  await page.close();
});

test('takes a dropped picture', async () => {
  const page = await open(GATUN_VISION_URL);
  await withKey(page);
  await page.getByLabel('Temperature').fill('0');
  const transfer = await page.evaluateHandle(base64 => {
    const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'picture.png', { type: 'image/png' }));
    return data;
  }, readFileSync(GATUN_PICTURE).toString('base64'));
  await page.dispatchEvent('#prompt', 'drop', { dataTransfer: transfer });
  await page.locator('#pictures img').waitFor();
  assert.equal((await ask(page, GATUN_QUESTION)).trim(), GATUN_ANSWER);
  assert.equal(await page.locator('article.user img').count(), 1);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

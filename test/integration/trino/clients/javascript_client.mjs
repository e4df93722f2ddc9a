// The scenarios with the JavaScript client (npm trino-client): node javascript_client.mjs URL HEADER..., scenarios on standard input.
// TRINO_CLIENT_DIR: the folder whose node_modules has it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const require = createRequire(process.env.TRINO_CLIENT_DIR + '/');
const { Trino, BasicAuth } = require('trino-client');
const [url, ...headers] = process.argv.slice(2);
const extraHeaders = Object.fromEntries(headers.map(h => [h.slice(0, h.indexOf(':')).trim(), h.slice(h.indexOf(':') + 1).trim()]));
const connect = () => Trino.create({ server: url, auth: new BasicAuth('scenario'), extraHeaders });
class Skip extends Error {}
class QueryError extends Error {}

async function statements(list) {
  const trino = connect();
  let rows = [];
  for (const sql of list) {
    rows = [];
    for await (const page of await trino.query(sql)) {
      rows.push(...(page.data ?? []));
      if (page.error) {
        if (page.error.errorName === 'NOT_FOUND' && sql.startsWith('EXECUTE p1')) throw new Skip('this client keeps no prepared statements');
        throw Object.assign(new QueryError(page.error.message), { errorName: page.error.errorName });
      }
    }
  }
  return rows;
}

async function cancel(sql) {
  const trino = connect();
  const pages = await trino.query(sql);
  const seen = [];
  const reading = (async () => { for await (const page of pages) seen.push(page.error?.errorName ?? page.stats.state); })();
  // Pages without rows are not handed out: the id stands in the iterator's own state.
  while (!pages.iter.queryResult?.id || pages.iter.queryResult.stats?.state !== 'RUNNING') await new Promise(done => setTimeout(done, 50));
  await trino.cancel(pages.iter.queryResult.id);
  await reading;
  assert.equal(seen.at(-1), 'USER_CANCELED');
  return 'the reader saw USER_CANCELED';
}

function check(scenario, rows) {
  const shown = rows.map(row => row.map(v => (v === null ? 'null' : String(v))));
  if (scenario.rows) assert.deepEqual(shown, scenario.rows);
  if (scenario.contains) assert.ok(shown.some(row => row[0] === scenario.contains), `${scenario.contains} is not among ${shown.slice(0, 20)}`);
  if (scenario.at_least !== undefined) assert.ok(rows.length >= scenario.at_least, `${rows.length} rows, expected ${scenario.at_least} or more`);
  if (scenario.columns) assert.equal(rows[0].length, scenario.columns);
  if (scenario.value) assert.equal(shown[0][scenario.value[0]], scenario.value[1]);
}

for (const [name, scenario] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const result = { name, verdict: 'passed', detail: '' };
  try {
    if (scenario.kind === 'cancel') {
      result.detail = await cancel(scenario.endless);
    } else {
      try {
        const rows = await statements(scenario.sql);
        assert.ok(!scenario.error, `no error, expected ${scenario.error}`);
        check(scenario, rows);
      } catch (error) {
        if (!(error instanceof QueryError) || !scenario.error) throw error;
        assert.equal(error.errorName, scenario.error);
        assert.ok(error.message.startsWith(scenario.message), error.message);
      }
    }
  } catch (error) {
    result.verdict = error instanceof Skip ? 'skipped' : 'failed';
    result.detail = String(error.message).replace(/\s+/g, ' ').slice(0, 400);
  }
  console.log(JSON.stringify(result));
}
process.exit(0);

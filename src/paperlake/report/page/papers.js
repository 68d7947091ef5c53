// Unpack the papers and topics of the page from deflated columns (see payload.py).
"use strict";
(() => {
  const UNKNOWN = -(2 ** 31);
  const MILLISECONDS_PER_DAY = 86400000;
  const ID_BYTES = 8;

  // See packed_details in details.py.
  const unpackedDetails = ([number, abstract, authors, authorCount, organization, code, similar]) => [number, {
    abstract, authors, authorCount, organization, code,
    similar: similar.map(([percent, paper, link]) => typeof paper === "number" ? { percent, paper } : { percent, paper: -1, title: paper, link }),
  }];

  const inflated = async (name) => {
    const element = document.getElementById(`papers-${name}`);
    const binary = atob(element.textContent);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    element.remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  };
  const lines = async (name) => {
    const text = new TextDecoder().decode(await inflated(name));
    return text.split("\n");
  };

  paperlake.load = async () => {
    const facts = JSON.parse(document.getElementById("facts").textContent);
    const [x, y, topic, outlier, day, votes, titles, links, ids, detail] = await Promise.all([
      inflated("x"), inflated("y"), inflated("topic"), inflated("outlier"), inflated("day"), inflated("votes"),
      lines("title"), lines("link"), inflated("id"), inflated("detail"),
    ]);
    const count = facts.paper_count;
    const density = facts.density ? { columns: facts.density[0], rows: facts.density[1], shades: new Uint8Array(await inflated("density")) } : null;
    const place = (buffer, [low, high]) =>
      Float32Array.from(new Uint16Array(buffer), (step) => low + (step / 65535) * (high - low));
    const days = new Int32Array(day);
    const allVotes = new Int32Array(votes);
    const bytes = new Uint8Array(ids);
    const idOf = (i) => Array.from(bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
    let numbers = null; // of each id, once one is asked for
    const numberOf = (id) => {
      numbers ??= new Map(Array.from({ length: count }, (_, i) => [idOf(i), i]));
      return numbers.get(id) ?? -1;
    };
    return {
      idOf, numberOf,
      details: new Map(JSON.parse(new TextDecoder().decode(detail)).map(unpackedDetails)),
      count, titles, links, density,
      lakeCount: facts.lake_count,
      topics: facts.topics,
      bounds: facts.bounds,
      x: place(x, facts.bounds.x),
      y: place(y, facts.bounds.y),
      topic: new Uint16Array(topic),
      outlier: new Uint8Array(outlier),
      days, votes: allVotes,
      date: (i) => days[i] === UNKNOWN ? "no date" : new Date(days[i] * MILLISECONDS_PER_DAY).toISOString().slice(0, 10),
      voteText: (i) => allVotes[i] === UNKNOWN ? "" : `${allVotes[i].toLocaleString("en")} ${allVotes[i] === 1 ? "vote" : "votes"}`,
    };
  };
})();

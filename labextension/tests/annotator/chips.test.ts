import assert from 'node:assert/strict';
import test from 'node:test';
import { CHIP_HEIGHT, IChip, placeChips } from '../../src/annotator/chips';
import { intersects } from '../../src/annotator/geometry';
import { inkOn, classColor, safeColor } from '../../src/annotator/palette';
import { Bbox } from '../../src/annotator/types';
import { forSeeds } from './chance';

test('chips never cover each other, and the selected label always has its own', () => {
  forSeeds(100, c => {
    const chips = Array.from({ length: 1 + c.int(300) }, (_, i): IChip => ({
      text: 'x',
      box: [c.between(-50, 900), c.between(-50, 600), c.between(14, 300), c.between(3, 200)],
      width: 30 + c.int(90),
      important: i === 0
    }));
    const places = placeChips(chips);
    const placed = places.filter((p): p is Bbox => p !== null);
    assert.ok(places[0]);
    placed.forEach((a, i) => {
      assert.equal(a[3], CHIP_HEIGHT);
      placed.slice(i + 1).forEach(b => assert.ok(!intersects(a, b), `${a} and ${b}`));
    });
  });
});

test('class colours differ, and only plain colours get through', () => {
  const colors = Array.from({ length: 60 }, (_, i) => classColor(i));
  assert.equal(new Set(colors).size, 60);
  colors.forEach(color => assert.match(color, /^#[0-9A-F]{6}$/));
  assert.equal(safeColor('red;background:url(//x)', 3), classColor(3));
  assert.equal(safeColor('#a1B2c3', 3), '#a1B2c3');
  assert.deepEqual([inkOn('#F0E442'), inkOn('#000000')], ['#101418', '#FFFFFF']);
});

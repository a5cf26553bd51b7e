"""``make bench-instructions``: counts, shows what has changed, and takes the new counts as the baseline."""

from tests.bench.instructions.baseline import measure, read, write

before, now = read(), measure()
for name, each in now.items():
    was = f"{each.yardsticks / before[name].yardsticks - 1:+.1%}" if name in before else "new"
    print(f"{name:9} {each.instructions:7,} instructions per event, {each.yardsticks:.2f} yardsticks ({was})")
write(now)

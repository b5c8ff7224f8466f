// gitlab-ci-local uses the set methods that Node has had since version 22.
const methods = {
  union: (a, b) => [...a, ...b],
  intersection: (a, b) => [...a].filter((x) => b.has(x)),
  difference: (a, b) => [...a].filter((x) => !b.has(x)),
};
for (const [name, of] of Object.entries(methods)) {
  Set.prototype[name] ??= function (other) {
    return new Set(of(this, other));
  };
}
Set.prototype.isSubsetOf ??= function (other) {
  return [...this].every((x) => other.has(x));
};

/// The HTTP API: routes, JSON, who may ask. Knows the domain's services and ports, and no adapter.
/// Start with [ApiServer], which puts the parts together; `docs/api.md` is what it promises.
@NullMarked
package dev.cove.api;

import org.jspecify.annotations.NullMarked;

package dev.cove.api;

import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.control.Tokens;

/// `/v1/tokens`: who may call from afar. A secret is shown once, when its token is made.
final class TokenRoutes {
    private final Tokens tokens;

    TokenRoutes(Tokens tokens) {
        this.tokens = tokens;
    }

    void register(Routes routes) {
        routes.get("/v1/tokens", this::list);
        routes.post("/v1/tokens", this::create);
        routes.delete("/v1/tokens/{name}", this::remove);
    }

    private void list(Call call) {
        call.query();
        call.answer(200, tokens.list(call.caller()).stream().map(Views.Right::of).toList());
    }

    private void create(Call call) throws Exception {
        call.query();
        var fields = Fields.strict(call.body(), "name", "owner", "administrator");
        var issued =
                tokens.create(
                        call.caller(),
                        new Name(fields.required("name")),
                        fields.text("owner").map(Owner::new).orElse(call.caller().owner()),
                        fields.flag("administrator").orElse(false));
        call.answer(201, new Views.NewRight(Views.Right.of(issued.token()), issued.secret()));
    }

    private void remove(Call call) {
        call.query();
        tokens.remove(call.caller(), new Name(call.path("name")));
        call.nothing();
    }
}

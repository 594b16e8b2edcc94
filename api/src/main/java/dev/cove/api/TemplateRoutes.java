package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.control.TemplateShelf;
import dev.cove.core.control.Templates;

/// `/v1/templates`: what new VMs are forked of. For administrators, since they tell what everybody
/// uses.
final class TemplateRoutes {
    private final Templates templates;
    private final TemplateShelf shelf;

    TemplateRoutes(Templates templates) {
        this.templates = templates;
        this.shelf = templates.shelf();
    }

    void register(Routes routes) {
        routes.get("/v1/templates", this::list);
        routes.post("/v1/templates", this::prepare);
        routes.delete("/v1/templates/{id}", this::remove);
    }

    private void list(Call call) {
        call.query();
        var _ = call.administrator("listing templates");
        call.answer(200, shelf.all().stream().map(this::view).toList());
    }

    /// Returns when it is there: making one takes as long as a boot.
    private void prepare(Call call) throws Exception {
        call.query();
        var _ = call.administrator("making templates");
        var like = Wishes.template(call);
        var made = call.waiting(() -> templates.prepare(like));
        call.created("/v1/templates/" + made.id(), 201, view(made));
    }

    private void remove(Call call) {
        call.query();
        var _ = call.administrator("removing templates");
        var id = call.path("id");
        if (!SnapshotId.fits(id)) {
            throw CoveException.notFound(
                    "there is no template \"" + Printable.of(id, 40) + "\"; see: cove template ls");
        }
        templates.remove(new SnapshotId(id));
        call.nothing();
    }

    private CopyViews.Template view(Snapshot template) {
        return CopyViews.Template.of(template, shelf);
    }
}

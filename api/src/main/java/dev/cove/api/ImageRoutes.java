package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.control.Events;
import dev.cove.core.control.Vms;
import dev.cove.core.port.Images;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/v1/images`. Everybody sees the images; administrators make and delete them, since a recipe may
/// run anything. What happens to an image is told as events.
final class ImageRoutes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageRoutes.class);
    private static final Duration CLEANING = Duration.ofSeconds(60);

    private final Images images;
    private final Vms vms;
    private final Events events;
    private final Makings makings = new Makings();
    private final ExecutorService builds = Executors.newVirtualThreadPerTaskExecutor();

    ImageRoutes(Images images, Vms vms, Events events) {
        this.images = images;
        this.vms = vms;
        this.events = events;
    }

    void register(Routes routes) {
        routes.get("/v1/images", this::list);
        routes.post("/v1/images", this::build);
        routes.get("/v1/images/{name}", this::one);
        routes.post("/v1/images/{name}/import", this::take);
        routes.post("/v1/images/{name}/cancel", this::cancel);
        routes.delete("/v1/images/{name}", this::remove);
    }

    /// Ends builds that still run.
    @Override
    public void close() {
        builds.shutdownNow();
    }

    private void list(Call call) {
        call.query();
        call.answer(
                200,
                images.list().stream()
                        .sorted(java.util.Comparator.comparing(Image::name))
                        .map(Views.Picture::of)
                        .toList());
    }

    private void one(Call call) {
        call.query();
        call.answer(200, Views.Picture.of(find(new Name(call.path("name")))));
    }

    private void build(Call call) throws Exception {
        call.administrator("building images");
        var wait = call.query("wait").duration("wait", Call.LONGEST_WAIT);
        var fields = Fields.strict(call.body(), "name", "recipe", "suite");
        var name = new Name(fields.required("name"));
        var wanted =
                new Images.Build(
                        name, fields.text("recipe").orElse(name.text()), fields.text("suite"));
        var making = makings.begin(name);
        var building = builds.submit(() -> make(making, told -> images.build(wanted, told)));
        var location = "/v1/images/" + name;
        if (wait.isEmpty()) {
            call.created(location, 202, Map.of("name", name.text(), "state", "building"));
            return;
        }
        var image = call.waiting(() -> result(building, wait.get()));
        if (image.isPresent()) {
            call.created(location, 201, Views.Picture.of(image.get()));
        } else {
            call.created(location, 202, Map.of("name", name.text(), "state", "building"));
        }
    }

    private static Optional<Image> result(Future<Image> building, Duration limit) throws Exception {
        try {
            return Optional.of(building.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void take(Call call) throws Exception {
        call.administrator("importing images");
        var name = new Name(call.path("name"));
        var sha256 = call.query("sha256").text("sha256").map(ImageRoutes::digest);
        var body = call.stream();
        var making = makings.begin(name);
        var image = call.waiting(() -> make(making, told -> images.take(name, body, sha256, told)));
        call.created("/v1/images/" + name, 201, Views.Picture.of(image));
    }

    private static Digest digest(String text) {
        return new Digest(text.startsWith("sha256:") ? text : "sha256:" + text);
    }

    /// Returns when the image's making has ended and nothing of it is left.
    private void cancel(Call call) throws Exception {
        call.query();
        var by = call.administrator("making images").owner();
        var name = new Name(call.path("name"));
        call.waiting(() -> {
            makings.cancel(name, by, CLEANING);
            return true;
        });
        call.nothing();
    }

    /// Makes an image in the place that was taken, and tells how it goes.
    private Image make(Makings.Making making, Work work) throws Exception {
        var name = making.name();
        try (making) {
            var image = making.run(() -> work.make(said -> progress(name, said)));
            tell("image.ready", name, Map.of("digest", image.digest().text()));
            return image;
        } catch (Exception e) {
            tell("image.failed", name, Map.of("reason", reason(e)));
            if (!(e instanceof CoveException)) {
                LOG.error("making the image {} failed", name, e);
            }
            throw e;
        }
    }

    private void progress(Name name, String said) {
        tell("image.progress", name, Map.of("message", said));
    }

    private interface Work {
        Image make(Consumer<String> told) throws Exception;
    }

    private static String reason(Exception e) {
        return switch (e) {
            case CoveException c -> c.sentence();
            case InterruptedException _ -> "the daemon was stopped meanwhile; build it again";
            default -> "a fault of Cove's own; see the daemon's log";
        };
    }

    private void remove(Call call) {
        call.query();
        Caller administrator = call.administrator("deleting images");
        var image = find(new Name(call.path("name")));
        vms.list(administrator).stream()
                .filter(vm -> vm.spec().image().name().equals(image.name()))
                .findFirst()
                .ifPresent(vm -> {
                    throw CoveException.conflict(
                            "VM \""
                                    + vm.name()
                                    + "\" boots from image \""
                                    + image.name()
                                    + "\"; destroy it first: cove destroy "
                                    + vm.name());
                });
        images.remove(image.name());
        tell("image.deleted", image.name(), Map.of());
        call.nothing();
    }

    private Image find(Name name) {
        return images.find(name)
                .orElseThrow(() ->
                        CoveException.notFound(
                                "image \""
                                        + name
                                        + "\" is not here"
                                        + Nearest.hint(
                                                name.text(),
                                                images.list().stream()
                                                        .map(i -> i.name().text())
                                                        .toList())
                                        + "; see: cove image ls"));
    }

    private void tell(String type, Name name, Map<String, String> details) {
        events.publish(type, name.text(), details);
    }
}

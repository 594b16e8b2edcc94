package dev.cove.cli;

import dev.cove.client.CoveClient;
import dev.cove.client.EventStream;
import dev.cove.client.Json;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove image …`.
final class Images {
    private Images() {}

    /// `cove image build`.
    static final class Build implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "Build an image from Debian packages.",
                                            "Built-in recipes are debian (systemd, OpenSSH) and"
                                                    + " debian-slim (a tiny init).",
                                            "Ctrl-C ends the build in the daemon, too.")
                                    .addPositional(Options.argument(0, "NAME", "of the image"))
                                    .addOption(
                                            Options.value(
                                                    "RECIPE",
                                                    "a built-in recipe, or a file (default: NAME)",
                                                    "--recipe"))
                                    .addOption(
                                            Options.value(
                                                    "SUITE",
                                                    "of Debian, as bookworm (default: the recipe's)",
                                                    "--suite"))
                                    .addOption(Options.flag("return at once", "--no-wait"))),
                    "cove image build debian",
                    "cove image build --suite bookworm --recipe debian debian12",
                    "cove image build --recipe ./web.yaml web");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws IOException {
            var json = Options.wantsJson(given);
            var name = Options.argument(given, 0);
            var recipe = Options.text(given, "--recipe").map(Build::content);
            var suite = Options.text(given, "--suite");
            var client = here.client();
            var started =
                    Options.flag(given, "--no-wait")
                            ? client.buildImage(name, recipe, suite)
                            : follow(name, here, () -> client.buildImage(name, recipe, suite));
            here.stdout().println(json ? started.pretty() : name);
            return 0;
        }

        private static Json follow(String name, Surroundings here, Runnable start) {
            var client = here.client();
            // Before the build starts, so that not even its first word is missed.
            try (var interruption = cancelling(name, client, here);
                    var events = client.events(Optional.empty())) {
                start.run();
                interruption.accepted();
                await(events, name, here);
                return client.image(name);
            }
        }

        /// A file's content, or the name of a built-in one.
        private static String content(String recipe) {
            var isFile = recipe.indexOf('/') >= 0 || recipe.indexOf('.') >= 0;
            return isFile ? readRecipe(Path.of(recipe)) : recipe;
        }

        private static String readRecipe(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw CoveException.invalid("the recipe " + file + " cannot be read: " + e);
            }
        }

        private static void await(EventStream events, String name, Surroundings here) {
            while (true) {
                var event =
                        events.next()
                                .orElseThrow(() ->
                                        CoveException.unavailable(
                                                "the daemon went away while it built \""
                                                        + name
                                                        + "\"; see: cove image ls"));
                if (!event.data().at("subject").text("").equals(name)) {
                    continue;
                }
                var details = event.data().at("details");
                switch (event.type()) {
                    case "image.progress" ->
                            say(
                                    details.at("message")
                                            .text()
                                            .or(() -> details.at("step").text()),
                                    here);
                    case "image.ready" -> {
                        return;
                    }
                    case "image.failed" ->
                            throw CoveException.unavailable(
                                    "image \""
                                            + name
                                            + "\" could not be built: "
                                            + details.at("reason").text("no reason is known"));
                    default -> {}
                }
            }
        }

        private static void say(Optional<String> message, Surroundings here) {
            message.ifPresent(m -> {
                here.stderr().println(dev.cove.core.Printable.of(m, 200));
                here.stderr().flush();
            });
        }
    }

    /// `cove image import`.
    static final class Import implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "Make an image of a raw or qcow2 disk, or of a tarball"
                                                    + " of a root file system.",
                                            "Ctrl-C ends the import in the daemon, too.")
                                    .addPositional(Options.argument(0, "NAME", "of the image"))
                                    .addPositional(
                                            Options.argument(1, "FILE", "- is standard input"))
                                    .addOption(
                                            Options.value(
                                                    "HEX",
                                                    "what the file's digest has to be",
                                                    "--sha256"))),
                    "cove image import mine disk.qcow2",
                    "cove image import --sha256 9f86d0… mine root.tar.gz");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws IOException {
            var json = Options.wantsJson(given);
            var name = Options.argument(given, 0);
            var sha256 = Options.text(given, "--sha256");
            var file = Options.argument(given, 1);
            var client = here.client();
            var path = file.equals("-") ? Optional.<Path>empty() : Optional.of(readable(file));
            Json image;
            try (var interruption = cancelling(name, client, here);
                    var _ =
                            Progress.start(
                                    here, "sending " + file, json || path.isEmpty(), e -> "")) {
                // Its refusal comes only when much of the file has gone.
                interruption.accepted();
                image =
                        path.isEmpty()
                                ? client.importImage(name, sha256, -1, here.stdin()::transferTo)
                                : send(client, name, sha256, path.get());
            }
            here.stdout().println(json ? image.pretty() : name);
            return 0;
        }

        private static Path readable(String file) {
            var path = Path.of(file);
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                throw CoveException.invalid("there is no file " + path + " that can be read");
            }
            return path;
        }

        private static Json send(
                CoveClient client, String name, Optional<String> sha256, Path path) {
            try {
                return client.importImage(
                        name, sha256, Files.size(path), out -> Files.copy(path, out));
            } catch (IOException e) {
                throw CoveException.invalid("the file " + path + " cannot be read: " + e);
            }
        }
    }

    /// `cove image cancel`.
    static final class Cancel implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "End the making of images: building or importing.",
                                            "Returns when nothing of them is left.")
                                    .addPositional(
                                            Options.arguments(0, "NAME", "1..*", "of images"))),
                    "cove image cancel debian");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws InterruptedException {
            var client = here.client();
            return Each.of(
                    Options.arguments(given, 0),
                    here,
                    Options.wantsJson(given),
                    name -> {
                        client.cancelImage(name);
                        return Each.Said.line(name);
                    });
        }
    }

    private static Interruption cancelling(String name, CoveClient client, Surroundings here) {
        return Interruption.ending(
                here, "making image \"" + name + "\"", () -> client.cancelImage(name));
    }

    /// `cove image ls`.
    static final class List implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec("List images.")
                                    .addOption(Options.flag("names only", "-q", "--quiet"))),
                    "cove image ls");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var images = here.client().images();
            var table = new Table("NAME", "SIZE", "USED", "ORIGIN", "DIGEST", "CREATED");
            for (var image : images.items()) {
                var name = image.at("name").text("");
                if (Options.flag(given, "--quiet") && !json) {
                    here.stdout().println(name);
                }
                table.row(
                        name,
                        Sizes.of(image.at("size")),
                        Sizes.of(image.at("used")),
                        image.at("origin").text(""),
                        shortened(image.at("digest").text("")),
                        image.at("created")
                                .text()
                                .map(t -> Ages.of(Instant.parse(t), here.clock().instant()))
                                .orElse(""));
            }
            if (json) {
                here.stdout().println(images.pretty());
            } else if (!Options.flag(given, "--quiet")) {
                table.print(here.stdout());
            }
            return 0;
        }

        private static String shortened(String digest) {
            return digest.length() > 19 ? digest.substring(0, 19) : digest;
        }
    }

    /// `cove image rm`.
    static final class Remove implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec("Delete images. VMs made of them keep their disks.")
                                    .addPositional(
                                            Options.arguments(0, "NAME", "1..*", "of images"))),
                    "cove image rm old");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws InterruptedException {
            var client = here.client();
            return Each.of(
                    Options.arguments(given, 0),
                    here,
                    Options.wantsJson(given),
                    name -> {
                        client.removeImage(name);
                        return Each.Said.line(name);
                    });
        }
    }
}

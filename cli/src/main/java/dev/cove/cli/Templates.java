package dev.cove.cli;

import dev.cove.client.EventStream;
import dev.cove.client.Json;
import dev.cove.core.Bytes;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove template …`.
final class Templates {
    /// What the VMs are called of which templates are made.
    private static final String MAKER = "template-";

    private Templates() {}

    /// `cove template ls`.
    static final class List implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "List templates: what new VMs are forked of.",
                                            "A new VM is forked of one with its image, CPUs and memory,"
                                                    + " and booted where there is none. USES counts since"
                                                    + " the daemon started, STANDBY the VMs that are"
                                                    + " forked already and wait to be somebody's; one that"
                                                    + " does not fit here any more goes by itself.")
                                    .addOption(Options.flag("ids only", "-q", "--quiet"))),
                    "cove template ls");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var templates = here.client().copies().templates();
            if (json) {
                here.stdout().println(templates.pretty());
                return 0;
            }
            if (Options.flag(given, "--quiet")) {
                templates.items().forEach(t -> here.stdout().println(t.at("id").text("")));
                return 0;
            }
            var table =
                    new Table(
                            "ID", "IMAGE", "CPUS", "MEMORY", "VMM", "SIZE", "USES", "STANDBY",
                            "FITS", "CREATED");
            for (var template : templates.items()) {
                table.row(
                        template.at("id").text(""),
                        template.at("image").text(""),
                        template.at("cpus").text(""),
                        memory(template),
                        template.at("vmm").text(""),
                        Sizes.of(template.at("size")),
                        template.at("uses").text(""),
                        template.at("standby").text(""),
                        Snapshots.yes(template.at("fits").flag()),
                        Snapshots.age(template, here).orElse(""));
            }
            table.print(here.stdout());
            return 0;
        }
    }

    /// `cove template prepare`.
    static final class Prepare implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "Make a template now, and print its id when it is there.",
                                            "The daemon makes them by itself of what is created (unless"
                                                    + " templates.make is manual); this makes even the"
                                                    + " first VM a fork.")
                                    .addPositional(
                                            Options.optionalArgument(
                                                    0,
                                                    "IMAGE",
                                                    "what is on its disk (default: debian)"))
                                    .addOption(
                                            Options.value(
                                                    "N",
                                                    "virtual processors (default: 1)",
                                                    "--cpus"))
                                    .addOption(
                                            Options.value(
                                                    "SIZE", "memory (default: 512M)", "--memory"))),
                    "cove template prepare",
                    "cove template prepare debian-slim --cpus 2 --memory 256M");
        }

        @Override
        public int run(ParseResult given, Surroundings here) {
            var json = Options.wantsJson(given);
            var image = Options.argument(given, 0);
            var cpus = Options.cpus(given);
            var memory = Options.size(given, "--memory");
            var wanted =
                    image.isEmpty()
                            ? java.util.Optional.<String>empty()
                            : java.util.Optional.of(image);
            var started = here.clock().instant();
            Json made;
            try (var _ = Progress.start(here, "making a template …", json, Templates::step)) {
                made = here.client().copies().prepareTemplate(wanted, cpus, memory);
            }
            here.stdout().println(json ? made.pretty() : made.at("id").text(""));
            here.stdout().flush();
            if (!json) {
                var took = Duration.between(started, here.clock().instant());
                here.stderr().println(account(made) + ", ready after " + Outcome.seconds(took));
            }
            return 0;
        }

        private static String account(Json template) {
            return "template of "
                    + template.at("image").text("")
                    + ", cpus "
                    + template.at("cpus").text("")
                    + ", memory "
                    + memory(template)
                    + ": "
                    + Sizes.of(template.at("size"));
        }
    }

    private static String memory(Json template) {
        return new Bytes(Math.max(0, template.at("memory").number(0))).toString();
    }

    /// What the VM does that a template is made of.
    private static String step(EventStream.Happening event) {
        var details = event.data().at("details");
        var name = details.at("name").text("");
        return name.startsWith(MAKER)
                ? details.at("step").text().map(s -> "template: " + s).orElse("")
                : "";
    }

    /// `cove template rm`.
    static final class Remove implements Verb {
        @Override
        public CommandSpec spec() {
            return Options.examples(
                    Options.withFormat(
                            Options.spec(
                                            "Delete templates, and what stands by for them.",
                                            "VMs that were forked of them stay as they are.")
                                    .addPositional(
                                            Options.arguments(
                                                    0, "ID", "1..*", "as ls shows them"))),
                    "cove template rm sn-abcd2345",
                    "cove template ls -q | xargs cove template rm");
        }

        @Override
        public int run(ParseResult given, Surroundings here) throws InterruptedException {
            var copies = here.client().copies();
            return Each.of(
                    Options.arguments(given, 0),
                    here,
                    Options.wantsJson(given),
                    id -> {
                        copies.removeTemplate(id);
                        return Each.Said.line(id);
                    });
        }
    }
}

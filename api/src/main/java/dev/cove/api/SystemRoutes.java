package dev.cove.api;

import dev.cove.core.Finding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// What is asked about the daemon itself.
final class SystemRoutes {
    private final String version;
    private final List<Supplier<List<Finding>>> examiners;
    private final Metrics metrics;

    SystemRoutes(String version, List<Supplier<List<Finding>>> examiners, Metrics metrics) {
        this.version = version;
        this.examiners = List.copyOf(examiners);
        this.metrics = metrics;
    }

    void register(Routes routes) {
        routes.get("/v1/doctor", this::doctor);
        routes.get("/v1/version", this::version);
        routes.get("/healthz", call -> call.text("text/plain", ascii("ok\n")));
        routes.get("/metrics", this::metrics);
        routes.get("/openapi.yaml", call -> call.text("application/yaml", document()));
    }

    private void doctor(Call call) throws Exception {
        call.query();
        // They tell of the machine, and name everybody's VMs.
        var _ = call.administrator("examining the machine");
        call.answer(200, call.waiting(this::findings).stream().map(Views.Advice::of).toList());
    }

    /// All examiners at once, since some of them take seconds; their findings in order.
    private List<Finding> findings() throws InterruptedException {
        var tasks = examiners.stream().map(e -> new FutureTask<>(e::get)).toList();
        tasks.forEach(Thread.ofVirtual().name("doctor")::start);
        var findings = new java.util.ArrayList<Finding>();
        for (var task : tasks) {
            try {
                findings.addAll(task.get());
            } catch (ExecutionException e) {
                findings.add(
                        Finding.problem(
                                "doctor",
                                "an examination failed: " + e.getCause(),
                                "tell Cove's makers what the daemon's log says"));
            }
        }
        return findings;
    }

    private void version(Call call) {
        call.query();
        call.answer(200, Map.of("version", version, "api", "v1"));
    }

    private void metrics(Call call) throws IOException {
        if (!call.local()) {
            var _ = call.administrator("the metrics over TCP");
        }
        call.text(metrics.mediaType(), metrics.text());
    }

    static byte[] document() {
        try (var stream = SystemRoutes.class.getResourceAsStream("/openapi.yaml")) {
            return java.util.Objects.requireNonNull(stream, "openapi.yaml").readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

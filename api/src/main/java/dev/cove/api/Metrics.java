package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.Event;
import dev.cove.core.Owner;
import dev.cove.core.Vm;
import dev.cove.core.VmState;
import dev.cove.core.control.Control;
import dev.cove.core.control.Events;
import dev.cove.core.control.TemplateShelf;
import dev.cove.core.control.Vms;
import dev.cove.core.port.Disks;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// What Prometheus is told. Most of it is looked up when it asks; how long VMs took to come up is
/// noted as they do.
final class Metrics implements AutoCloseable {
    private static final double[] SECONDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300
    };
    private static final int BACKLOG = 1024;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Caller everything;
    private final Vms vms;
    private final TemplateShelf shelf;
    private final Disks disks;
    private final ToLongFunction<Vm> memory;
    private final BlockingQueue<Event> ready = new ArrayBlockingQueue<>(BACKLOG);
    private final Counter requests =
            Counter.builder()
                    .name("cove_api_requests_total")
                    .help("Calls of the API that were answered")
                    .labelNames("method", "route", "status")
                    .register(registry);
    private final Histogram latency =
            Histogram.builder()
                    .name("cove_api_seconds")
                    .help("How long calls of the API took, apart from waiting and streaming")
                    .unit(Unit.SECONDS)
                    .labelNames("method", "route")
                    .classicUpperBounds(SECONDS)
                    .classicOnly()
                    .register(registry);
    private final Histogram readiness =
            Histogram.builder()
                    .name("cove_vm_ready_seconds")
                    .help("How long each step took from the request to a command run over SSH")
                    .unit(Unit.SECONDS)
                    .labelNames("step")
                    .classicUpperBounds(SECONDS)
                    .classicOnly()
                    .register(registry);
    private final Events.Subscription subscription;
    private final Thread noter;

    /// @param memory resident bytes of a VM's VMM
    Metrics(Control control, Disks disks, ToLongFunction<Vm> memory) {
        this.everything = new Caller(new Owner("metrics"), true);
        this.vms = control.vms();
        this.shelf = control.templates().shelf();
        this.disks = disks;
        this.memory = memory;
        gauges();
        this.subscription =
                control.events().subscribe(everything, OptionalLong.empty(), this::hear);
        this.noter = Thread.ofVirtual().name("metrics").start(this::note);
    }

    void answered(String method, String route, int status, Duration took) {
        requests.labelValues(method, route, Integer.toString(status)).inc();
        latency.labelValues(method, route).observe(took.toNanos() / 1e9);
    }

    byte[] text() throws IOException {
        var text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, registry.scrape());
        return text.toByteArray();
    }

    String mediaType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }

    @Override
    public void close() {
        subscription.close();
        noter.interrupt();
    }

    private void gauges() {
        GaugeWithCallback.builder()
                .name("cove_vms")
                .help("VMs by state")
                .labelNames("state")
                .callback(this::states)
                .register(registry);
        GaugeWithCallback.builder()
                .name("cove_vmm_memory_bytes")
                .help("Resident memory of all VMM processes, shared pages counted in each")
                .unit(Unit.BYTES)
                .callback(
                        g -> g.call((double) vms.list(everything).stream().mapToLong(memory).sum()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cove_leases")
                .help("Addresses that are leased to VMs")
                .callback(g ->
                        g.call(
                                (double)
                                        vms.list(everything).stream()
                                                .filter(vm -> vm.status().address().isPresent())
                                                .count()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cove_templates")
                .help("Templates that new VMs are forked of")
                .callback(g -> g.call(shelf.all().size()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cove_standbys")
                .help("VMs that run and wait to become somebody's")
                .callback(g -> g.call((double) standbys()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("cove_pool_bytes")
                .help("The pool of disks")
                .unit(Unit.BYTES)
                .labelNames("of")
                .callback(g -> {
                    var usage = disks.usage();
                    g.call((double) usage.total().count(), "total");
                    g.call((double) usage.free().count(), "free");
                })
                .register(registry);
    }

    private long standbys() {
        return shelf.all().stream().mapToLong(t -> shelf.standing(t).size()).sum();
    }

    private void states(GaugeWithCallback.Callback gauge) {
        var counts =
                vms.list(everything).stream()
                        .collect(Collectors.groupingBy(Vm::state, Collectors.counting()));
        Arrays.stream(VmState.values())
                .forEach(s -> gauge.call(counts.getOrDefault(s, 0L), s.toString()));
    }

    private void hear(Event event) {
        var up = VmState.RUNNING.toString().equals(event.details().get("state"));
        if (event.type().equals("vm.state") && up) {
            // Listeners are quick: when more come than fit, the figure lacks some.
            var _ = ready.offer(event);
        }
    }

    private void note() {
        try {
            while (true) {
                var id = ready.take().subject();
                vm(id).ifPresent(vm ->
                        vm.status()
                                .timings()
                                .forEach((step, took) ->
                                        readiness.labelValues(step).observe(took.toNanos() / 1e9)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Vm> vm(String id) {
        return vms.list(everything).stream().filter(vm -> vm.id().text().equals(id)).findFirst();
    }
}

package dev.cove.cli;

import dev.cove.cli.Candidates.Candidate;
import dev.cove.cli.Candidates.Offer;
import dev.cove.client.CoveClient;
import dev.cove.client.Json;
import dev.cove.core.CoveException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// What an option or an argument can be, by the label that help has for it.
///
/// @param verb the whole of it: `cove image rm`
/// @param arguments that stand before
record Possibilities(String verb, List<String> arguments, Surroundings here) {
    private static final long PATIENCE_SECONDS = 2;

    Offer of(String label) {
        return switch (label) {
            case "VM" -> Offer.of(vms(""));
            case "FROM" -> new Offer(true, vms(":"));
            case "IMAGE" -> Offer.of(fields("name", CoveClient::images));
            case "NAME" -> names();
            case "ID" -> Offer.of(fields("id", client -> client.copies().templates()));
            case "RECIPE" -> new Offer(true, Offer.of("debian", "debian-slim").words());
            case "FILE" -> Offer.FILES;
            case "FORMAT" -> Offer.of("table", "json");
            case "SHELL" -> Offer.of("bash", "zsh", "fish");
            case "VMM" -> Offer.of("auto", "qemu");
            default -> Offer.NOTHING;
        };
    }

    /// Of what is there already; a new one's name is nobody's to know.
    private Offer names() {
        return switch (verb) {
            case "cove image rm" -> Offer.of(fields("name", CoveClient::images));
            case "cove token rm" -> Offer.of(fields("name", CoveClient::tokens));
            case "cove snapshot restore", "cove snapshot rm" ->
                    Offer.of(fields("name", c -> c.copies().snapshots(arguments.getFirst())));
            default -> Offer.NOTHING;
        };
    }

    private List<Candidate> vms(String suffix) {
        return ask(client ->
                client.vms(Map.of()).stream()
                        .map(vm -> new Candidate(vm.name() + suffix, vm.state()))
                        .toList());
    }

    private List<Candidate> fields(String field, Function<CoveClient, Json> list) {
        return ask(client ->
                list.apply(client).items().stream()
                        .map(each -> new Candidate(each.at(field).text(""), ""))
                        .toList());
    }

    /// Nothing where the daemon says nothing: somebody waits with a finger on the key.
    private List<Candidate> ask(Function<CoveClient, List<Candidate>> question) {
        var asking = new FutureTask<>(() -> question.apply(here.client()));
        Thread.ofPlatform().daemon().name("daemon").start(asking);
        try {
            return asking.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoveException) {
                return List.of();
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}

package dev.cove.core.control;

import static dev.cove.testkit.FakeDaemon.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Event;
import dev.cove.core.Name;
import dev.cove.core.Origin;
import dev.cove.core.Owner;
import dev.cove.core.Role;
import dev.cove.core.Snapshot;
import dev.cove.core.Vm;
import dev.cove.testkit.Wanted;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/// Templates, and VMs that stand by.
class TemplatesTest extends CopiesStage {
    @Test
    void makesATemplateOfWhatIsCreatedAndForksTheNext() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        var next = running(vms.create(ADA, Wanted.named("next")));

        assertThat(next.status().timings()).containsKeys("resume", "identity", "ssh");
        assertThat(vms.list(ROOT))
                .extracting(Vm::name)
                .extracting(Name::text)
                .containsExactlyInAnyOrder("web", "next");
    }

    @Test
    void handsOverOneThatStandsBy() throws Exception {
        var standby = standby();

        var mine = vms.create(ADA, Wanted.named("mine"));

        assertThat(mine.id()).isEqualTo(standby.id());
        assertThat(running(mine).spec().owner()).isEqualTo(ADA.owner());
        assertThat(mine.spec().role()).isEqualTo(Role.GUEST);
        assertThat(running(mine).status().timings())
                .containsKeys("identity", "ssh", "total")
                .doesNotContainKey("resume");
        assertThat(world.plugged()).contains(mine.id());
        assertThat(running(mine).origin()).contains(Origin.STANDBY);
    }

    @Test
    void tellsNobodyOfOneThatStandsByAndItsOwnerOfOneThatIsTheirs() throws Exception {
        var told = new CopyOnWriteArrayList<Event>();
        var cove = new Caller(new Owner("cove"), false);
        try (var _ = daemon.events().subscribe(cove, OptionalLong.empty(), told::add);
                var _ = daemon.events().subscribe(ADA, OptionalLong.empty(), told::add)) {
            standby();
            assertThat(told).extracting(e -> e.details().get("name")).containsOnly("web", "uses");
            told.clear();

            running(vms.create(ADA, Wanted.named("mine")));
        }

        assertThat(told.getFirst().type()).isEqualTo("vm.created");
        assertThat(told).extracting(e -> e.details().get("name")).containsOnly("mine");
    }

    @Test
    void givesOneThatStandsByToOneOfTwo() throws Exception {
        var standby = standby();

        var one = CompletableFuture.supplyAsync(() -> vms.create(ADA, Wanted.named("one")));
        var other = CompletableFuture.supplyAsync(() -> vms.create(BOB, Wanted.named("other")));

        assertThat(List.of(one.join().id(), other.join().id()))
                .doesNotHaveDuplicates()
                .contains(standby.id());
    }

    @Test
    void keepsOneThatStandsByOutOfSight() throws Exception {
        var standby = standby();

        assertThat(vms.list(ROOT)).extracting(Vm::id).doesNotContain(standby.id());
        refused(Kind.NOT_FOUND, "no VM", () -> vms.find(ROOT, standby.id().text()));
        assertThat(world.plugged()).doesNotContain(standby.id());
    }

    @Test
    void bootsOnceWhenItsTemplateDoesNotWorkAndSaysSo() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        failOnce("Boot.become");

        var next = running(vms.create(ADA, Wanted.named("next")));

        assertThat(next.status().timings()).containsKeys("launch", "guest");
        assertThat(next.status().reason().orElseThrow()).contains("template", "Boot.become");
    }

    @Test
    void makesATemplateAnewThatDidNotWorkTwice() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        var template = templates.shelf().all().getFirst();
        for (var name : List.of("one", "two")) {
            failOnce("Boot.become");
            running(vms.create(ADA, Wanted.named(name)));
        }

        templates.tend();

        assertThat(templates.shelf().all()).doesNotContain(template);
    }

    @Test
    void refusesColdlyWhatIsWantedCold() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        var cold = running(vms.create(ADA, Wanted.cold("cold")));

        assertThat(cold.status().timings()).containsKeys("launch", "guest");
    }

    @Test
    void saysWhyATemplateCouldNotBeMade() throws Exception {
        world.trouble((act, done) -> {
            if (act.equals("Machine.save") && !done) {
                throw CoveException.unavailable("no room for it");
            }
        });
        var prepared =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return templates.prepare(NewVm.usual());
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });

        tendUntil(prepared::isDone);

        assertThat(prepared)
                .failsWithin(LIMIT)
                .withThrowableOfType(ExecutionException.class)
                .withMessageContaining("no room for it");
        tendUntil(() -> world.pids().isEmpty());
    }

    @Test
    void dropsATemplateWhoseImageIsGone() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));

        daemon.images().remove(new Name("debian"));
        tendUntil(() -> kinds().isEmpty());
    }

    private Vm standby() throws Exception {
        booted("web");
        tendUntil(() -> kinds().contains(Snapshot.Kind.TEMPLATE));
        running(vms.create(ADA, Wanted.named("uses")));
        tendUntil(() -> standing().isPresent());
        return standing().orElseThrow();
    }

    private Optional<Vm> standing() {
        return templates.shelf().all().stream()
                .flatMap(t -> templates.shelf().standing(t).stream())
                .filter(vm -> !world.plugged().contains(vm.id()))
                .findFirst();
    }
}

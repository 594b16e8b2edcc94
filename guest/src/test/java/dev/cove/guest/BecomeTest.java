package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.ImageRef;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
import dev.cove.core.Mac;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.port.Boot.Person;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the host says to a guest that has to become somebody, and what it makes of the answers.
class BecomeTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int ADJTIMEX = 159;
    private static final int SYNC = 162;
    private static final int CLOCK_SETTIME = 227;

    private final HostKey hostKey = HostKey.random(new SecureRandom());
    private final Person web =
            new Person(
                    new Identity("0123456789abcdef0123456789abcdef", hostKey),
                    Ipv4.parse("10.100.3.10"),
                    Subnet.parse("10.100.0.1/16"),
                    List.of(hostKey.publicKey()));
    private final BlockingQueue<Question> asked = new LinkedBlockingQueue<>();
    private final GuestBoot boot =
            new GuestBoot(person -> 0, new Resolvers(List.of()), Clock.systemUTC(), new Random(1));

    @TempDir Path folder;
    private TalkingMachine machine;

    @BeforeEach
    void openChannel() throws Exception {
        machine = new TalkingMachine(folder);
    }

    @Test
    void tellsTheGuestWhoItIs() throws Exception {
        obeys(new Agent());

        become();

        assertThat(asked.element().text())
                .contains("hostname='web'\n", "address='10.100.3.10'\n")
                .contains("public_key='" + hostKey.publicKey() + "'\n")
                .contains("sectors=8388608\n");
    }

    @Test
    void setsTheClockAndFeedsTheKernelsRandomNumbers() throws Exception {
        obeys(new Agent());

        become();
        become();

        var seeds = asked.stream().map(q -> q.calls().get(6).pointed().slice(8, 64)).toList();
        assertThat(seeds).hasSize(2).doesNotHaveDuplicates();
        var clock = asked.element().calls().get(4);
        assertThat(clock.number()).isEqualTo(CLOCK_SETTIME);
        assertThat(clock.pointed().getLong())
                .isCloseTo(Instant.now().getEpochSecond(), within(60L));
    }

    @Test
    void correctsAClockThatWasSetLate() throws Exception {
        var agent = new Agent();
        agent.late = Duration.ofSeconds(-2);
        obeys(agent);

        become();

        assertThat(asked.stream().flatMap(q -> q.numbers().stream()))
                .contains(CLOCK_SETTIME, ADJTIMEX);
        assertThat(agent.late.abs()).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void setsAClockWithoutAJumpForNothing() throws Exception {
        var agent = new Agent();
        obeys(agent);

        boot.setClock(machine);

        assertThat(asked.poll(20, TimeUnit.SECONDS)).isNotNull();
        boot.thaw(machine, LONG); // which waits for the channel
        assertThat(asked.stream().flatMap(q -> q.numbers().stream()))
                .doesNotContain(CLOCK_SETTIME, ADJTIMEX);
    }

    @Test
    void saysWhichCallFailed() {
        machine.obey(q -> "failed token=" + q.token() + " 2\n");

        assertThatThrownBy(this::become)
                .isInstanceOf(CoveException.class)
                .hasMessage("the guest says: it has no root");
    }

    @Test
    void saysWhatTheAgentCouldNotDo() {
        machine.obey(q -> "up\nfailed token=" + q.token() + " its SSH\u0007 server is gone\n");

        assertThatThrownBy(this::become)
                .isInstanceOf(CoveException.class)
                .hasMessageStartingWith("the guest says: its SSH")
                .hasMessageNotContaining("\u0007");
    }

    @Test
    void hasARunningGuestGrow() throws Exception {
        obeys(new Agent());

        boot.grow(machine, Bytes.gibibytes(8), LONG);

        assertThat(asked.element().text())
                .startsWith("token=")
                .contains("sectors=16777216\n", "|| grow; } && answer || refuse");
    }

    @Test
    void tellsAnAgentOfAnEarlierCove() {
        machine.answer(line -> line.equals("up") ? "up\n" : "unknown\n");

        assertThatThrownBy(this::become)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("an earlier Cove");
    }

    /// As one that took it for the rest of what a host that was killed had begun to ask.
    @Test
    void asksAgainWhenItWasNotUnderstood() throws Exception {
        var agent = new Agent();
        machine.mishear();
        machine.obey(q -> {
            asked.add(q);
            return agent.answer(q);
        });

        become();

        assertThat(asked).isNotEmpty();
    }

    @Test
    void takesNoAnswerToAnotherQuestion() {
        var stale = "up\n00000000 1700000000000000000\nfailed token=00000000 3\n";
        machine.obey(_ -> stale);

        assertThatThrownBy(() -> become(Duration.ofMillis(300)))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did not answer within 300 ms");
    }

    /// As a guest gives it to the next who asks, when the one before has gone too early.
    @Test
    void takesNoTimeThatAnotherAskedForAsTheBeginningOfItsAnswer() throws Exception {
        var agent = new Agent();
        machine.obey(q -> {
            asked.add(q);
            return "00000000 \n0123456789abcdef" + agent.answer(q);
        });

        become(Duration.ofSeconds(10));

        assertThat(asked).isNotEmpty();
    }

    @Test
    void givesUpOnRubbish() {
        machine.say("rubbish ".repeat(10_000));

        assertThatThrownBy(this::become)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("rubbish");
    }

    /// A guest that gets only a part of a question takes the next one for its rest.
    @Test
    void isHeardOutWhenNobodyWaitsForItsAnswerAnyMore() throws Exception {
        var agent = new Agent();
        var asks = new CountDownLatch(1);
        machine.obey(q -> {
            asked.add(q);
            awaitQuietly(asks);
            return agent.answer(q);
        });
        var waiting =
                Thread.ofVirtual()
                        .start(() -> {
                            assertThatThrownBy(this::become)
                                    .isInstanceOf(InterruptedException.class);
                        });
        var first = asked.poll(20, TimeUnit.SECONDS);
        waiting.interrupt();
        assertThat(waiting.join(LONG)).isTrue();

        asks.countDown();
        become();

        assertThat(first).isNotNull();
        assertThat(asked).isNotEmpty();
        for (var i = 0; i < 1 + asked.size(); i++) {
            assertThat(machine.awaitAnswerTaken(LONG)).isTrue();
        }
    }

    @Test
    void waitsWhileOthersDo() throws Exception {
        obeys(new Agent());
        machine.crowd(3);

        become();

        assertThat(asked).isNotEmpty();
    }

    @Test
    void isGreeted() throws Exception {
        obeys(new Agent());

        boot.greet(machine, LONG);

        assertThat(asked.remove().text()).endsWith("\nanswer");
    }

    @Test
    void isNotGreetedWhenItIsDeaf() {
        machine.obey(_ -> "");

        assertThatThrownBy(() -> boot.greet(machine, Duration.ofMillis(200)))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did not answer within 200 ms");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void saysSoWhenTheMachineGoes() {
        machine.hangUp();

        assertThatThrownBy(this::become)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("broke");
    }

    @Test
    void watchesAFrozenGuestFromBeforeItIsFrozen() throws Exception {
        obeys(new Agent());

        assertThat(boot.freeze(machine, LONG)).isTrue();

        assertThat(asked).hasSize(2);
        assertThat(asked.remove().text()).contains("watch_freeze");
        assertThat(asked.remove().numbers()).startsWith(SYNC);
    }

    @Test
    void endsTheWatchOfAGuestThatCouldNotBeFrozen() throws Exception {
        var agent = new Agent();
        machine.obey(q -> {
            asked.add(q);
            return asked.size() == 2 ? "failed 3\n" : agent.answer(q);
        });

        assertThat(boot.freeze(machine, LONG)).isFalse();

        assertThat(asked).hasSize(3);
        assertThat(List.copyOf(asked).getLast().text()).contains("end_watch");
    }

    private void obeys(Agent agent) {
        machine.obey(q -> {
            asked.add(q);
            return agent.answer(q);
        });
    }

    private void become() throws InterruptedException {
        become(LONG);
    }

    private void become(Duration limit) throws InterruptedException {
        boot.become(machine, spec(), web, Mac.of(web.address()), limit);
    }

    private static VmSpec spec() {
        return new VmSpec(
                new VmId("vm-abcd2345"),
                new Name("web"),
                new Owner("me"),
                Role.GUEST,
                new ImageRef(new Name("debian-slim"), new Digest("sha256:" + "0".repeat(64))),
                new Shape(1, Bytes.mebibytes(256), Bytes.gibibytes(4)),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Power.RUNNING,
                1,
                Optional.empty(),
                Duration.ofSeconds(10),
                Optional.empty(),
                Instant.EPOCH);
    }

    /// A guest's clock, and an agent that tells it.
    private static final class Agent {
        private Duration late = Duration.ZERO;

        String answer(Question question) {
            for (var call : question.calls()) {
                if (call.number() == ADJTIMEX) {
                    late =
                            late.plusSeconds(call.pointed().getLong(72))
                                    .plusNanos(1000 * call.pointed().getLong(80));
                }
            }
            return question.answer(Instant.now().plus(late));
        }
    }
}

package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.port.Machine;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One conversation with a guest's agent. A guest may say what it likes, for ever, so that
/// everything is bounded; and an answer to an earlier host may still be under way, so that each
/// question has a token, which its answer repeats.
///
/// A guest may not notice how one host leaves and the next one comes. Then it takes what the next
/// one says for the rest of a question of which it has got only a part. So a question for whose
/// answer nobody waits any more is brought to its end all the same; and where a host was killed in
/// the middle of one, the agent does not understand what is left of the next, which is asked again.
final class GuestTalk {
    /// An agent that does not know a word says so.
    private static final String UNKNOWN = "unknown";

    /// What every agent answers, by the same word.
    private static final String UP = "up";

    /// How often an agent is asked that answers, and not to what it is asked.
    private static final int ATTEMPTS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(GuestTalk.class);

    private static final String FAILED = "failed ";
    private static final int MOST_REASON = 200;

    /// For so long a guest may still answer what nobody waits for any more.
    private static final Duration HEARD_OUT = Duration.ofSeconds(10);

    /// Until a channel for which too many wait is tried again.
    private static final Duration BREATH = Duration.ofMillis(20);

    private final SocketChannel channel;
    private final GuestLines lines;
    private final RandomGenerator tokens;
    private volatile boolean over;

    private GuestTalk(SocketChannel channel, RandomGenerator tokens) {
        this.channel = channel;
        this.lines = new GuestLines(channel);
        this.tokens = tokens;
    }

    /// What is said in it.
    interface Course<T> {
        T take(GuestTalk talk) throws IOException;
    }

    /// Talks, for so long at most.
    ///
    /// @throws CoveException UNAVAILABLE when the guest says nothing, rubbish, or that it cannot
    static <T> T with(Machine machine, Duration limit, RandomGenerator tokens, Course<T> course)
            throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        try {
            var talk = new GuestTalk(open(machine, deadline), tokens);
            var task = new FutureTask<>(() -> course.take(talk));
            Thread.ofVirtual().name("guest-talk").start(task);
            return talk.await(task, deadline);
        } catch (TimeoutException e) {
            throw CoveException.unavailable(
                    "the guest did not answer within %d ms; what it printed: cove logs"
                            .formatted(limit.toMillis()),
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CoveException known) {
                throw known;
            }
            throw broken(Objects.requireNonNullElse(e.getCause(), e));
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /// The channel, as soon as there is room for one more who waits for it.
    ///
    /// @param deadline by `System.nanoTime`
    static SocketChannel open(Machine machine, long deadline)
            throws IOException, InterruptedException {
        while (true) {
            try {
                return machine.openGuestChannel();
            } catch (UnixSocket.Crowded e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.sleep(BREATH);
            }
        }
    }

    private static CoveException broken(Throwable e) {
        return CoveException.unavailable(
                "the guest's channel broke (%s); what it printed: cove logs".formatted(e), e);
    }

    /// Closes the channel, but not at once when it is interrupted. When the guest says nothing in
    /// time, at once: a machine that is saved next stands still then, and nothing is to come to it
    /// any more, not even that somebody has gone.
    private <T> T await(FutureTask<T> task, long deadline)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        try {
            return task.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            over = true;
            Thread.ofVirtual().name("guest-talk-end").start(() -> hearOut(task));
            throw e;
        } finally {
            if (!over) {
                channel.close();
            }
        }
    }

    private void hearOut(FutureTask<?> task) {
        try (channel) {
            task.get(HEARD_OUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | IOException e) {
            LOG.debug("what nobody waited for any more ended with", e);
        }
    }

    /// Has the agent evaluate a text that ends in `answer`, after some calls.
    ///
    /// @return the guest's time when it answered
    Instant ask(String text, UnaryOperator<Calls> add) throws IOException {
        var token = token();
        var calls = add.apply(new Calls("token=" + token + "\n" + text));
        return answer(token, calls, GuestTalk::instant);
    }

    /// Has only calls made, without the agent: no process ends or begins for that.
    ///
    /// @return the guest's time after them
    Instant tell(UnaryOperator<Calls> add) throws IOException {
        var token = token();
        var calls = add.apply(new Calls()).tellTime(token + " \n");
        return answer(token, calls, _ -> timespec());
    }

    private String token() {
        return "%08x".formatted(tokens.nextInt());
    }

    private void send(byte[] question) throws IOException {
        if (over) {
            throw new ClosedChannelException();
        }
        var rest = ByteBuffer.wrap(question);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private Instant answer(String token, Calls calls, Reading reading) throws IOException {
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            send(calls.end());
            var answer = hear(token, calls, reading);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        throw CoveException.unavailable(
                "the guest runs the agent of an earlier Cove, which cannot do this; boot it"
                        + " anew: cove restart");
    }

    /// @return empty when it listens, and did not get the question
    private Optional<Instant> hear(String token, Calls calls, Reading reading) throws IOException {
        var puzzled = false;
        while (true) {
            var line = lines.next();
            if (line == null) {
                throw CoveException.unavailable(
                        "the guest sends rubbish; its image may not be one of Cove's; what it"
                                + " printed: cove logs");
            }
            if (puzzled && line.equals(UP)) {
                return Optional.empty();
            }
            if (line.equals(UNKNOWN) && !puzzled) {
                puzzled = true;
                // After the end of a line that may have only begun.
                send(("\n" + UP + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            if (line.startsWith(FAILED)) {
                var why = line.substring(FAILED.length()).replace("token=" + token, "").strip();
                if (!why.startsWith("token=")) {
                    throw CoveException.unavailable("the guest says: " + reason(why, calls));
                }
            }
            // The bytes of a time that somebody else has asked for may come before it.
            var at = line.indexOf(token + " ");
            var time = at < 0 ? none() : reading.of(line.substring(at + token.length() + 1));
            if (time.isPresent()) {
                return time;
            }
        }
    }

    /// How an answer says what time it is.
    private interface Reading {
        Optional<Instant> of(String rest) throws IOException;
    }

    private Optional<Instant> timespec() throws IOException {
        var time = ByteBuffer.wrap(lines.bytes(16)).order(ByteOrder.LITTLE_ENDIAN);
        var seconds = time.getLong();
        var nanos = time.getLong();
        var sane = seconds >= 0 && seconds >>> 34 == 0 && nanos >= 0 && nanos < 1_000_000_000;
        return sane ? Optional.of(Instant.ofEpochSecond(seconds, nanos)) : none();
    }

    private static String reason(String why, Calls calls) {
        return why.matches("\\d{1,3}")
                ? calls.meaning(Integer.parseInt(why))
                : Printable.of(why, MOST_REASON);
    }

    private static Optional<Instant> instant(String digits) {
        return digits.matches("[1-8]?\\d{10,18}")
                ? Optional.of(Instant.EPOCH.plusNanos(Long.parseLong(digits)))
                : none();
    }

    private static Optional<Instant> none() {
        return Optional.empty();
    }
}

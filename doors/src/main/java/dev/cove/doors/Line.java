package dev.cove.doors;

import dev.cove.core.CoveException;
import dev.cove.core.port.GuestShell.Guest;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/// The connection to one guest: made when it is needed, made again when it was lost. Whoever waits
/// here waits for this guest only.
final class Line {
    // While nobody answers, a SYN that the guest missed is repeated by the kernel only after a
    // second, so attempts are short, and become longer in case the guest is just slow.
    private static final Duration SHORTEST_ATTEMPT = Duration.ofMillis(50);
    private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(1);
    private static final int ATTEMPT_SHARE = 10;
    private static final Duration BREATH = Duration.ofMillis(20);
    private static final Duration TURNED_AWAY = Duration.ofMillis(300);
    private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(30);

    private final ReentrantLock lock = new ReentrantLock();
    private final Supplier<Dialer> dialer;
    private volatile @Nullable ClientSession current;
    private volatile boolean hungUp;
    private @Nullable Guest connected;

    Line(Supplier<Dialer> dialer) {
        this.dialer = dialer;
    }

    /// A connection on which the daemon is logged in.
    ///
    /// @throws CoveException UNAVAILABLE when there is none by the deadline, or the line was hung
    ///   up
    ClientSession session(Guest guest, Deadline deadline) throws InterruptedException {
        var left = deadline.left().toNanos();
        if (!lock.tryLock(left, TimeUnit.NANOSECONDS)) {
            throw noAnswer(guest, "another connection is being made");
        }
        try {
            var kept = current;
            if (kept != null && guest.equals(connected) && usable(kept)) {
                return kept;
            }
            drop(kept);
            connected = guest;
            return dialUntil(guest, deadline);
        } finally {
            lock.unlock();
        }
    }

    /// A connection beside the kept one, for when that has no room; the caller closes it.
    ClientSession another(Guest guest, Deadline deadline) throws InterruptedException {
        try {
            return dial(guest, deadline, deadline.atMost(LONGEST_ATTEMPT), false);
        } catch (IOException e) {
            throw noAnswer(guest, e.getMessage());
        }
    }

    /// Takes a connection out of use that turned out to be dead.
    void discard(ClientSession dead) {
        dead.close(true);
    }

    /// Closes the connection and ends all waiting for one; for good.
    void hangUp() {
        hungUp = true;
        drop(current);
    }

    private ClientSession dialUntil(Guest guest, Deadline deadline) throws InterruptedException {
        var silentSince = System.nanoTime();
        var why = "no time was given";
        while (!deadline.passed() && !hungUp) {
            try {
                return dial(guest, deadline, attempt(silentSince, deadline), true);
            } catch (ConnectException refused) {
                why = "its SSH port is closed";
                silentSince = System.nanoTime();
                pause(deadline.atMost(BREATH));
            } catch (TurnedAway e) {
                why = e.getMessage();
                silentSince = System.nanoTime();
                pause(deadline.atMost(TURNED_AWAY));
            } catch (IOException e) {
                why = e.getMessage();
                pause(deadline.atMost(BREATH));
            }
        }
        throw noAnswer(guest, hungUp ? "it is being stopped" : String.valueOf(why));
    }

    private static Duration attempt(long silentSince, Deadline deadline) {
        var silence = Duration.ofNanos(System.nanoTime() - silentSince);
        var share = silence.dividedBy(ATTEMPT_SHARE);
        var longer = share.compareTo(SHORTEST_ATTEMPT) > 0 ? share : SHORTEST_ATTEMPT;
        return deadline.atMost(longer.compareTo(LONGEST_ATTEMPT) < 0 ? longer : LONGEST_ATTEMPT);
    }

    private void pause(Duration length) throws InterruptedException {
        Thread.sleep(length);
    }

    private ClientSession dial(Guest guest, Deadline deadline, Duration attempt, boolean keep)
            throws IOException, InterruptedException {
        var check = new Dialer.HostKeyCheck(guest);
        var session = dialer.get().connect(guest, check, attempt);
        var ready = false;
        try {
            if (keep) {
                current = session;
            }
            if (hungUp) {
                throw new IOException("it is being stopped");
            }
            logIn(guest, session, check, deadline);
            ready = true;
            return session;
        } finally {
            if (!ready) {
                session.close(true);
            }
        }
    }

    private static void logIn(
            Guest guest, ClientSession session, Dialer.HostKeyCheck check, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            var login = session.auth();
            if (!Waiting.on(login, deadline.atMost(LONGEST_HANDSHAKE))) {
                throw new IOException("the handshake does not end");
            }
            var failure = login.getException();
            if (failure != null) {
                throw Waiting.asIo("login failed", failure);
            }
        } catch (IOException e) {
            if (check.refused()) {
                throw wrongKey(guest);
            }
            throw new TurnedAway("it turned the daemon away: " + e.getMessage(), e);
        }
    }

    private static boolean usable(ClientSession session) {
        return session.isOpen() && session.isAuthenticated();
    }

    private static void drop(@Nullable ClientSession session) {
        if (session != null) {
            session.close(true);
        }
    }

    private static CoveException noAnswer(Guest guest, @Nullable String why) {
        return CoveException.unavailable(
                guest.id() + " at " + guest.address() + " does not answer by SSH: " + why);
    }

    private static CoveException wrongKey(Guest guest) {
        return CoveException.unavailable(
                guest.id()
                        + " at "
                        + guest.address()
                        + " shows another host key than the one it was given; what answers there is"
                        + " not this VM, or its key was changed from inside");
    }

    /// The port is open, but there is no way in (yet): an `sshd` that is still starting, or PAM
    /// before the boot is over.
    private static final class TurnedAway extends IOException {
        private static final long serialVersionUID = 1L;

        TurnedAway(String message, Throwable cause) {
            super(message, cause);
        }
    }
}

package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Finding;
import dev.cove.core.Mac;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import dev.cove.core.port.Network;
import dev.cove.core.port.Tap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// VMs on a Linux bridge behind NAT, kept apart by nftables. Remembers whom it attached, so that it
/// can put back what somebody else took away; after a restart it takes over what the kernel has.
///
/// Any thread may call it. Calls for one VM come one after the other; those for different VMs may
/// overlap.
public final class BridgeNetwork implements Network {
    private static final Executor AT_ONCE = Thread::startVirtualThread;

    private final NetworkSettings settings;
    private final Device bridge;
    private final Guests guests = new Guests();
    private final Unplugged unplugged = new Unplugged();
    private final Ip ip;
    private final Nft nft;
    private final Firewall firewall;
    private final KernelSettings kernel;

    /// Held over programs that run: two repairs at a time would trip over each other. Whoever only
    /// attaches or detaches does not take it.
    private final ReentrantLock repairs = new ReentrantLock();

    /// Held while loose taps are plugged in again, which is rare: a tap that somebody wants to be
    /// unplugged at that moment is unplugged after that.
    private final ReentrantLock plugging = new ReentrantLock();

    private volatile boolean ensured;
    private volatile int mtu;

    /// @param place where the bridge is to be
    public BridgeNetwork(NetworkSettings settings, Place place) {
        this.settings = settings;
        this.bridge = settings.device();
        this.ip = new Ip(place);
        this.nft = new Nft(place);
        this.firewall = new Firewall(nft, new Ruleset(settings), guests);
        this.kernel = new KernelSettings(place, bridge);
    }

    @Override
    public Subnet subnet() {
        return settings.subnet();
    }

    @Override
    public void ensure() {
        repairs.lock();
        try {
            var links = ip.look();
            links.refuseOverlap(settings);
            // The firewall comes first: nothing is ever on the bridge without it.
            // A tap that is off was on its way in or out; whoever attaches it says which.
            firewall.ensure(tap -> links.find(tap).filter(l -> !l.unplugged()).isPresent());
            mtu = links.mtu();
            ensureBridge(links);
            kernel.ensure();
            plugLooseTaps(links);
            ensured = true;
        } finally {
            repairs.unlock();
        }
    }

    private void ensureBridge(Links links) {
        var there = links.find(bridge);
        if (there.isEmpty()) {
            ip.makeBridge(bridge, settings.subnet(), mtu);
            return;
        }
        var mac = Mac.of(settings.subnet().host()).text();
        if (!there.get().up() || there.get().mtu() != mtu || !there.get().mac().equals(mac)) {
            ip.repairBridge(bridge, settings.subnet(), mtu);
        }
        var wanted = settings.subnet().toString();
        var addresses = links.addressesOf(bridge);
        addresses.stream().filter(a -> !a.equals(wanted)).forEach(a -> ip.removeAddress(bridge, a));
        if (!addresses.contains(wanted)) {
            ip.addAddress(bridge, settings.subnet());
        }
    }

    private void plugLooseTaps(Links links) {
        if (loose(links).isEmpty()) {
            return;
        }
        plugging.lock();
        try {
            if (ip.tryToPlug(loose(links), bridge, mtu)) {
                return;
            }
            // One of them was detached in between, perhaps; what is loose still has to go in.
            var left = loose(ip.look());
            if (!left.isEmpty()) {
                ip.plug(left, bridge, mtu);
            }
        } finally {
            plugging.unlock();
        }
    }

    private List<Guest> loose(Links links) {
        return guests.snapshot().guests().stream()
                .filter(guest -> !unplugged.wants(guest.tap()))
                .filter(guest -> links.find(guest.tap()).filter(l -> !isPlugged(l)).isPresent())
                .toList();
    }

    private boolean isPlugged(Links.Link link) {
        return link.up()
                && link.mtu() == mtu
                && link.master().filter(bridge.name()::equals).isPresent();
    }

    @Override
    public Tap attach(Attachment attachment) {
        refuseForeign(attachment);
        if (!ensured) {
            ensure();
        }
        var tap = Device.tapOf(attachment.id());
        if (attachment.plugged()) {
            plugIn(tap, attachment);
        } else {
            keepOff(tap, attachment.user());
        }
        return new Tap(tap.name(), Mac.of(attachment.address()));
    }

    private void refuseForeign(Attachment attachment) {
        var address = attachment.address();
        var subnet = settings.subnet();
        if (!subnet.contains(address)
                || address.equals(subnet.host())
                || address.equals(subnet.network())
                || address.equals(subnet.broadcast())) {
            throw new CoveException(
                    Kind.INVALID,
                    attachment.id() + " cannot have the address " + address + " in " + subnet);
        }
    }

    private void plugIn(Device tap, Attachment attachment) {
        var user = attachment.user();
        var put = guests.put(tap, attachment.address(), attachment.owner());
        var guest = put.guest();
        boolean done;
        if (unplugged.isMade(tap, user)) {
            // A VMM may hold this one and write to it right now: no frame meets the bridge before
            // the rules are there.
            firewall.add(put);
            unplugged.forget(tap);
            done = ip.tryToPlug(List.of(guest), bridge, mtu);
        } else {
            // Nobody holds a tap that is being made, so neither needs the other.
            done = both(() -> firewall.add(put), () -> ip.tryToMakeTap(guest, user, bridge, mtu));
            unplugged.forget(tap);
        }
        if (!done) {
            plugWhatIsThere(guest, user);
        }
    }

    private void plugWhatIsThere(Guest guest, int user) {
        deleteUnlessOf(guest.tap(), user);
        ensure();
        if (ip.userOfTap(guest.tap()).isPresent()) {
            ip.plug(List.of(guest), bridge, mtu);
        } else if (!ip.tryToMakeTap(guest, user, bridge, mtu)) {
            throw cannotBeMade(guest.tap());
        }
    }

    private void keepOff(Device tap, int user) {
        plugging.lock();
        try {
            unplugged.want(tap);
        } finally {
            plugging.unlock();
        }
        if (!ip.tryToMakeUnplugged(tap, user)) {
            if (!deleteUnlessOf(tap, user)) {
                ip.unplug(tap);
            } else if (!ip.tryToMakeUnplugged(tap, user)) {
                throw cannotBeMade(tap);
            }
        }
        unplugged.made(tap, user);
        guests.remove(tap).ifPresent(firewall::remove);
    }

    /// A tap that is there may be in use: only one that its user could not open is replaced.
    ///
    /// @return whether there is none now
    private boolean deleteUnlessOf(Device tap, int user) {
        var owner = ip.userOfTap(tap);
        if (owner.isPresent() && owner.getAsInt() == user) {
            return false;
        }
        ip.delete(tap);
        return true;
    }

    private static CoveException cannotBeMade(Device tap) {
        return new CoveException(
                Kind.UNAVAILABLE,
                "the tap "
                        + tap
                        + " cannot be made; is /dev/net/tun there and Cove root? See: cove"
                        + " doctor");
    }

    @Override
    public void detach(VmId id) {
        if (!ensured) {
            ensure();
        }
        var tap = Device.tapOf(id);
        var guest = guests.remove(tap);
        both(
                () -> guest.ifPresent(firewall::remove),
                () -> {
                    ip.delete(tap);
                    return true;
                });
        unplugged.forget(tap);
    }

    @Override
    public Set<VmId> attached() {
        return ip.look().vms();
    }

    @Override
    public List<Finding> examine() {
        return new Examination(settings, ip, nft, firewall, kernel).findings(ensured);
    }

    /// Runs both at once, since each waits for a program, and fails as the first of them did.
    private static boolean both(Runnable one, BooleanSupplier other) {
        var beside = CompletableFuture.runAsync(one, AT_ONCE);
        try {
            return other.getAsBoolean();
        } finally {
            // Also when the other failed: nothing of this call goes on after it.
            join(beside);
        }
    }

    private static void join(CompletableFuture<Void> future) {
        try {
            future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof CoveException cause) {
                throw cause;
            }
            throw e;
        }
    }
}

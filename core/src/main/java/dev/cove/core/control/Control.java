package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.Identity;
import dev.cove.core.Ipv4;
import dev.cove.core.Owner;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Store;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// The control, put together: what a daemon of machines and one of pretence have in common.
public record Control(
        VmBook book,
        Leases leases,
        Events events,
        Keeper keeper,
        Vms vms,
        Copies copies,
        Passing passing,
        Resizing resizing,
        Exporting exporting,
        Importing importing,
        Templates templates,
        Activity activity,
        Sleeper sleeper) {

    /// What it is made of.
    ///
    /// @param first the lowest address to lease
    /// @param atOnce how many guests get ready at once
    /// @param random for ids and names
    /// @param identities makes who a new guest is to be
    /// @param owner the daemon's own
    public record Ground(
            Outside outside,
            Store store,
            Codec codec,
            Ipv4 first,
            Usual usual,
            int atOnce,
            Templates.Settings templates,
            Time time,
            RandomGenerator random,
            Supplier<Identity> identities,
            Owner owner) {}

    /// Puts it together; `Keeper.start` begins it.
    public static Control on(Ground ground) {
        return on(ground, Live::begin);
    }

    /// @param beginner starts taking an actor's turns; a simulation takes them itself
    static Control on(Ground ground, BiConsumer<Live, Consumer<Live>> beginner) {
        var outside = ground.outside();
        var time = ground.time();
        var random = ground.random();
        var leases = new Leases(ground.store(), outside.network().subnet(), ground.first());
        var events = new Events(time);
        var book = new VmBook(ground.store(), ground.codec(), leases, events, time);
        var doubts = new Doubts();
        var places = new Places(ground.atOnce(), Limits.USUAL.turn(), time);
        var keeper =
                new Keeper(
                        outside,
                        book,
                        leases,
                        Limits.USUAL,
                        doubts,
                        time,
                        random,
                        places,
                        ground.owner(),
                        beginner);
        var shelf = new TemplateShelf(outside, book, time);
        var newVms =
                new NewVms(outside, book, shelf, ground.usual(), time, random, ground.identities());
        var templates =
                new Templates(
                        outside, book, keeper, newVms, shelf, doubts, time, ground.templates());
        var vms = new Vms(outside, book, keeper, newVms, templates, events, time);
        var capture = new Capture(outside, time, random);
        var passing = new Passing(outside, book);
        var copies = new Copies(outside, book, keeper, vms, newVms, capture, passing, time);
        var resizing = new Resizing(outside, book, keeper, vms, newVms);
        var exporting = new Exporting(outside, keeper, vms, capture, passing);
        var importing = new Importing(outside, book, keeper, newVms, copies, passing, time, random);
        var activity = new Activity(time);
        var sleeper =
                new Sleeper(
                        outside.host(),
                        book,
                        vms,
                        activity,
                        time,
                        new Caller(ground.owner(), true));
        return new Control(
                book, leases, events, keeper, vms, copies, passing, resizing, exporting, importing,
                templates, activity, sleeper);
    }
}

package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.core.control.Events;
import dev.cove.core.control.Keeper;
import dev.cove.core.control.Leases;
import dev.cove.core.control.Limits;
import dev.cove.core.control.Outside;
import dev.cove.core.control.Time;
import dev.cove.core.control.Tokens;
import dev.cove.core.control.Usual;
import dev.cove.core.control.VmBook;
import dev.cove.core.control.Vms;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Store;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/// The real control over a fake outside, with its actors running: a daemon without a machine.
///
/// @param world what it acts on
public record FakeDaemon(
        World world, FakeImages images, Vms vms, Keeper keeper, Events events, Tokens tokens)
        implements AutoCloseable {
    public static final Caller ROOT = new Caller(new Owner("root"), true);

    /// One that starts from nothing.
    public static FakeDaemon start() {
        return start(new World(), new MemoryStore(), new ReferenceCodec());
    }

    /// One that starts from what another left.
    public static FakeDaemon start(World world, Store store, Codec codec) {
        var time = Time.REAL;
        var subnet = Subnet.parse("10.100.0.1/16");
        var images = new FakeImages();
        var outside =
                new Outside(
                        new FakeHost(world),
                        images,
                        new FakeDisks(world),
                        new FakeNetwork(world, subnet),
                        new FakeBoot(world),
                        new FakeShell(world),
                        List.of(new FakeVmm(world)));
        var owner = new Owner("cove");
        var leases = new Leases(store, subnet, Ipv4.parse("10.100.0.10"));
        var events = new Events(time);
        var book = new VmBook(store, codec, leases, events, time);
        var keeper = new Keeper(outside, book, leases, Limits.USUAL, time, owner);
        var shape = new Shape(1, Bytes.mebibytes(512), Bytes.gibibytes(4));
        var usual = new Usual(new Name("debian"), shape, Duration.ofSeconds(10), 10_000);
        var secrets = new SecureRandom();
        var identity = new Identity("0".repeat(32), HostKey.random(secrets));
        var vms =
                new Vms(outside, book, keeper, events, usual, time, new Random(1), () -> identity);
        keeper.start("one boot");
        return new FakeDaemon(
                world, images, vms, keeper, events, new Tokens(store, codec, secrets, time));
    }

    @Override
    public void close() {
        keeper.close();
    }
}

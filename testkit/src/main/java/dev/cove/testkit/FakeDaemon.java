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
import dev.cove.core.control.Control;
import dev.cove.core.control.Events;
import dev.cove.core.control.Keeper;
import dev.cove.core.control.Templates;
import dev.cove.core.control.Time;
import dev.cove.core.control.Tokens;
import dev.cove.core.control.Usual;
import dev.cove.core.control.Vms;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Store;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Random;

/// The real control over a fake outside, with its actors running: a daemon without a machine.
///
/// @param world what it acts on
public record FakeDaemon(World world, FakeImages images, Control control, Tokens tokens)
        implements AutoCloseable {
    public static final Caller ROOT = new Caller(new Owner("root"), true);

    /// One that starts from nothing.
    public static FakeDaemon start() {
        return start(new World(), new MemoryStore(), new ReferenceCodec());
    }

    /// One that starts from what another left.
    public static FakeDaemon start(World world, Store store, Codec codec) {
        return start(world, store, codec, Templates.Settings.OFF);
    }

    /// The same, with templates; somebody has to tend to them.
    public static FakeDaemon start(
            World world, Store store, Codec codec, Templates.Settings templates) {
        return start(world, store, codec, templates, 4);
    }

    /// The same, with so many guests that get ready at once.
    public static FakeDaemon start(
            World world, Store store, Codec codec, Templates.Settings templates, int atOnce) {
        var time = Time.REAL;
        var subnet = Subnet.parse("10.100.0.1/16");
        var images = new FakeImages();
        var outside = FakeOutside.in(world, images, subnet);
        var shape = new Shape(1, Bytes.mebibytes(512), Bytes.gibibytes(4));
        var secrets = new SecureRandom();
        var identity = new Identity("0".repeat(32), HostKey.random(secrets));
        var control =
                Control.on(
                        new Control.Ground(
                                outside,
                                store,
                                codec,
                                Ipv4.parse("10.100.0.10"),
                                new Usual(
                                        new Name("debian"), shape, Duration.ofSeconds(10), 10_000),
                                atOnce,
                                templates,
                                time,
                                new Random(1),
                                () -> identity,
                                new Owner("cove")));
        control.keeper().start("one boot");
        return new FakeDaemon(world, images, control, new Tokens(store, codec, secrets, time));
    }

    public Vms vms() {
        return control.vms();
    }

    public Keeper keeper() {
        return control.keeper();
    }

    public Events events() {
        return control.events();
    }

    @Override
    public void close() {
        control.keeper().close();
    }
}

package dev.cove.guest;

import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Mac;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// System calls that a guest is to make, and the shell text that its agent evaluates when all that
/// must succeed have.
///
/// On the wire (all little-endian): the line `calls`; the length of what follows, itself included,
/// in 8 bytes; the calls, 48 bytes each: what a failure means (0: nothing), number, four arguments;
/// then what they point to. The structures are those of Linux on x86-64 (`man 2` of each call).
final class Calls {
    private static final byte[] LINE = "calls\n".getBytes(StandardCharsets.US_ASCII);
    private static final int CALL = 48;

    /// Ends the list without an end of the program.
    private static final int BEGIN_ANEW = -1;

    private static final int WRITE = 1;
    private static final int OPEN = 2;
    private static final int CLOSE = 3;
    private static final int IOCTL = 16;
    private static final int NANOSLEEP = 35;
    private static final int SOCKET = 41;
    private static final int FTRUNCATE = 77;
    private static final int RENAME = 82;
    private static final int ADJTIMEX = 159;
    private static final int SYNC = 162;
    private static final int SETHOSTNAME = 170;
    private static final int CLOCK_SETTIME = 227;
    private static final int CLOCK_GETTIME = 228;
    private static final int EXIT_GROUP = 231;

    private static final int CHANNEL = 0;
    private static final int STANDARD_OUTPUT = 1;

    /// What a program that has nothing but its standard streams opens next.
    private static final int OPENED = 3;

    private static final int OPENED_NEXT = 4;

    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int ARPHRD_ETHER = 1;
    private static final int RTF_UP_GATEWAY = 3;
    private static final int ADJ_SETOFFSET = 0x100;

    private static final int RNDADDENTROPY = 0x40085203;
    private static final int RNDRESEEDCRNG = 0x5207;
    private static final int SIOCADDRT = 0x890B;
    private static final int SIOCSIFADDR = 0x8916;
    private static final int SIOCSIFNETMASK = 0x891C;
    private static final int SIOCSIFHWADDR = 0x8924;
    private static final int SIOCSARP = 0x8955;
    private static final int ATF_COM = 2;
    private static final long FIFREEZE = 0xC0045877L;
    private static final long FITHAW = 0xC0045878L;

    private final List<Call> calls = new ArrayList<>();
    private final List<String> meanings = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /// One call.
    ///
    /// @param failure the number of what it means that it fails; 0 when that does not matter
    private record Call(int failure, int number, List<Argument> arguments) {}

    /// A number, or a place in the data.
    private record Argument(long value, boolean isPlace) {}

    /// @param text which the agent gets before any call is made, so that it knows what has failed
    Calls(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        must("its agent took no text", WRITE, n(STANDARD_OUTPUT), place(bytes), n(bytes.length));
    }

    /// Only makes calls; no agent takes a text.
    Calls() {}

    /// What a number means that the guest gives as the reason of a failure.
    String meaning(int failure) {
        return failure >= 1 && failure <= meanings.size()
                ? meanings.get(failure - 1)
                : "reason " + failure;
    }

    Calls setClock(Instant time) {
        var timespec = new Struct(16).u64(time.getEpochSecond()).u64(time.getNano());
        return must("its clock could not be set", CLOCK_SETTIME, n(0), place(timespec.bytes()));
    }

    /// Moves the clock by an offset, so that it does not matter when that happens.
    Calls shiftClock(Duration offset) {
        var timex = new Struct(208).u32(ADJ_SETOFFSET);
        timex.at(72).u64(offset.getSeconds()).u64(offset.getNano() / 1000);
        return must("its clock could not be set", ADJTIMEX, place(timex.bytes()));
    }

    /// Feeds the kernel's random number generator, and has it use the food at once: without that,
    /// copies of a guest would draw the same numbers for up to a minute (kernel,
    /// `drivers/char/random.c`).
    Calls addEntropy(byte[] seed) {
        var pool = new Struct(8 + seed.length).u32(seed.length * 8).u32(seed.length).octets(seed);
        var failed = "its kernel took no entropy";
        must(failed, OPEN, path("/dev/urandom"), n(O_WRONLY));
        must(failed, IOCTL, n(OPENED), n(RNDADDENTROPY), place(pool.bytes()));
        must(failed, IOCTL, n(OPENED), n(RNDRESEEDCRNG));
        return close();
    }

    /// Gives eth0 an address, and tells the guest whose the gateway's is, which it would else have
    /// to ask before it answers for the first time. What is so already stays as it is, connections
    /// too.
    Calls setAddress(Mac mac, Ipv4 address, Ipv4 netmask, Ipv4 gateway) {
        var failed = "its network card did not take the address " + address;
        must(failed, SOCKET, n(AF_INET), n(SOCK_DGRAM), n(0));
        var hardware = new Struct(8).u16(ARPHRD_ETHER).octets(octets(mac));
        must(failed, IOCTL, n(OPENED), n(SIOCSIFHWADDR), eth0(hardware.bytes()));
        must(failed, IOCTL, n(OPENED), n(SIOCSIFADDR), eth0(socketAddress(address)));
        must(failed, IOCTL, n(OPENED), n(SIOCSIFNETMASK), eth0(socketAddress(netmask)));
        var any = socketAddress(new Ipv4(0));
        var route = new Struct(120).u64(0).octets(any).octets(socketAddress(gateway)).octets(any);
        route.u16(RTF_UP_GATEWAY);
        // A route that is there already is not added again.
        may(IOCTL, n(OPENED), n(SIOCADDRT), place(route.bytes()));
        may(IOCTL, n(OPENED), n(SIOCSARP), place(neighbour(gateway)));
        return close();
    }

    /// A `struct arpreq` (arp(7)). Not for ever: the guest asks when it hears nothing of it.
    private static byte[] neighbour(Ipv4 address) {
        var hardware = new Struct(16).u16(ARPHRD_ETHER).octets(octets(Mac.of(address)));
        return new Struct(68)
                .octets(socketAddress(address))
                .octets(hardware.bytes())
                .u32(ATF_COM)
                .at(52)
                .octets("eth0".getBytes(StandardCharsets.US_ASCII))
                .bytes();
    }

    /// Takes eth0's address away, for the next one to come cheaper.
    Calls dropAddress() {
        must("it has no network", SOCKET, n(AF_INET), n(SOCK_DGRAM), n(0));
        may(IOCTL, n(OPENED), n(SIOCSIFADDR), eth0(socketAddress(new Ipv4(0))));
        return close();
    }

    Calls setHostname(String name) {
        var bytes = name.getBytes(StandardCharsets.US_ASCII);
        return must("it did not take its name", SETHOSTNAME, place(bytes), n(bytes.length));
    }

    Calls write(String path, int mode, String content) {
        return write(path, mode, content.getBytes(StandardCharsets.UTF_8));
    }

    /// Has a file hold just this, if its folder is there. The file is not emptied before: that
    /// would have the file system write it to the disk as soon as it is closed (ext4(5),
    /// `auto_da_alloc`).
    Calls write(String path, int mode, byte[] content) {
        may(OPEN, path(path), n(O_WRONLY | O_CREAT), n(mode));
        may(WRITE, n(OPENED), place(content), n(content.length));
        may(FTRUNCATE, n(OPENED), n(content.length));
        return close();
    }

    /// The same, for a file in whose place there may be a pipe at which somebody waits for the
    /// content: then they get it, and the file `PATH.cove` takes the pipe's place.
    Calls hand(String path, int mode, String content) {
        var bytes = content.getBytes(StandardCharsets.UTF_8);
        may(OPEN, path(path), n(O_RDWR | O_CREAT), n(mode));
        may(RENAME, path(path + ".cove"), path(path));
        may(OPEN, path(path), n(O_WRONLY));
        may(WRITE, n(OPENED_NEXT), place(bytes), n(bytes.length));
        may(FTRUNCATE, n(OPENED_NEXT), n(bytes.length));
        may(CLOSE, n(OPENED_NEXT));
        may(WRITE, n(OPENED), place(bytes), n(bytes.length));
        return close();
    }

    /// Has the guest write a line and its time, two numbers of 64 bits and the end of a line, and
    /// wait for more. Whoever comes too late for the time finds lines after it.
    Calls tellTime(String line) {
        var bytes = line.getBytes(StandardCharsets.US_ASCII);
        var all = Arrays.copyOf(bytes, bytes.length + 16 + 1);
        all[all.length - 1] = '\n';
        var answer = place(all);
        may(CLOCK_GETTIME, n(0), new Argument(answer.value + bytes.length, true));
        may(WRITE, n(CHANNEL), answer, n(all.length));
        return may(BEGIN_ANEW);
    }

    /// Writes everything to the disk, then holds whoever writes to it.
    Calls freeze() {
        var failed = "its root file system could not be frozen";
        must(failed, SYNC);
        must(failed, OPEN, path("/"), n(O_RDONLY));
        must(failed, IOCTL, n(OPENED), n(FIFREEZE), n(0));
        return close();
    }

    /// Nothing where nothing is frozen.
    Calls thaw() {
        must("it has no root", OPEN, path("/"), n(O_RDONLY));
        may(IOCTL, n(OPENED), n(FITHAW), n(0));
        return close();
    }

    Calls pause(Duration time) {
        var timespec = new Struct(16).u64(time.getSeconds()).u64(time.getNano());
        return must("it could not wait", NANOSLEEP, place(timespec.bytes()), n(0));
    }

    /// @throws CoveException INVALID when it is more than a guest takes
    byte[] end() {
        var all = new ArrayList<>(calls);
        all.add(new Call(0, EXIT_GROUP, List.of(n(0))));
        var from = Long.BYTES + CALL * all.size();
        var length = from + data.size();
        if (length > CallsProgram.ROOM) {
            throw CoveException.invalid(
                    "a guest cannot take %d bytes at once; give it fewer SSH keys"
                            .formatted(length));
        }
        var list = new Struct(LINE.length + length).octets(LINE).u64(length);
        for (var call : all) {
            list.u64(call.failure).u64(call.number);
            for (var i = 0; i < 4; i++) {
                var argument = i < call.arguments.size() ? call.arguments.get(i) : n(0);
                var base = argument.isPlace ? CallsProgram.ROOM_AT + from : 0;
                list.u64(base + argument.value);
            }
        }
        return list.octets(data.toByteArray()).bytes();
    }

    private Calls close() {
        return may(CLOSE, n(OPENED));
    }

    private Calls must(String meaning, int number, Argument... arguments) {
        meanings.add(meaning);
        calls.add(new Call(meanings.size(), number, List.of(arguments)));
        return this;
    }

    private Calls may(int number, Argument... arguments) {
        calls.add(new Call(0, number, List.of(arguments)));
        return this;
    }

    private static Argument n(long value) {
        return new Argument(value, false);
    }

    private Argument place(byte[] bytes) {
        var place = data.size();
        data.writeBytes(bytes);
        return new Argument(place, true);
    }

    private Argument path(String path) {
        return place((path + "\0").getBytes(StandardCharsets.UTF_8));
    }

    /// A `struct ifreq` (netdevice(7)).
    private Argument eth0(byte[] what) {
        var request = new Struct(40).octets("eth0".getBytes(StandardCharsets.US_ASCII)).at(16);
        return place(request.octets(what).bytes());
    }

    /// A `struct sockaddr_in` (ip(7)); the address itself is in network order.
    private static byte[] socketAddress(Ipv4 address) {
        var socket = new Struct(16).u16(AF_INET).u16(0);
        return socket.u32(Integer.reverseBytes(address.bits())).bytes();
    }

    private static byte[] octets(Mac mac) {
        return HexFormat.ofDelimiter(":").parseHex(mac.text());
    }
}

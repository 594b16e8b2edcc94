package dev.cove.bench;

/// The images whose copies are measured, each in sections of its own.
enum Family {
    /// As little as a guest can be; its sections have short names.
    SLIM("debian-slim", ""),

    /// With systemd.
    SYSTEMD("debian", "-debian");

    private final String image;
    private final String ending;

    Family(String image, String ending) {
        this.image = image;
        this.ending = ending;
    }

    Kind with(int mebibytes) {
        return new Kind(image, mebibytes);
    }

    /// What a section is called that measures this one.
    String section(String name) {
        return name + ending;
    }

    /// Its image is built for nothing else.
    boolean onlyWhenNamed() {
        return this == SYSTEMD;
    }
}

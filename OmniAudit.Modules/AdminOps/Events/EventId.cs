using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.AdminOps.Events;

/// <summary>
/// The id of a stored event: its time in Unix milliseconds, shifted left by 20 bits, and 20 bits of a hash of what it is known by at its source. One number is
/// row id, order and place in a page, and the same record gets the same id wherever it is stored (the next free one when another record has it already).
/// On the wire it is decimal text: it does not fit a JavaScript number.
/// </summary>
public static class EventId
{
    private const int Bits = 20;
    private const long Low = (1L << Bits) - 1;

    /// <summary>The earliest and the latest time that an event may have.</summary>
    public static DateTimeOffset Earliest { get; } = DateTimeOffset.UnixEpoch;

    /// <inheritdoc cref="Earliest"/>
    public static DateTimeOffset Latest { get; } = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first id that an event of this time or later can have.</summary>
    public static long From(DateTimeOffset time) => Math.Clamp(time.ToUnixTimeMilliseconds(), 0, Latest.ToUnixTimeMilliseconds() + 1) << Bits;

    /// <summary>The time in an id.</summary>
    public static DateTimeOffset TimeOf(long id) => DateTimeOffset.FromUnixTimeMilliseconds(id >> Bits);

    /// <summary>Reads an id from the wire.</summary>
    public static bool TryParse(string text, out long id) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    /// <summary>The id that <see cref="Text"/> wrote.</summary>
    public static long Of(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Writes an id for the wire.</summary>
    public static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>What makes a record the same record: 16 bytes of the SHA-256 of tenant, source and the source's id.</summary>
    internal static byte[] KeyOf(AuditEvent e) => SHA256.HashData(Encoding.UTF8.GetBytes($"{e.Tenant}\0{e.Source}\0{e.SourceId}"))[..16];

    /// <summary>The id it gets when no other record has it.</summary>
    internal static long Wanted(AuditEvent e, byte[] key) => From(e.Time) | (((long)key[0] << 12 | (long)key[1] << 4 | (long)key[2] >> 4) & Low);

    /// <summary>The next id to try, in the same millisecond.</summary>
    internal static long Next(long id) => (id & ~Low) | ((id + 1) & Low);
}

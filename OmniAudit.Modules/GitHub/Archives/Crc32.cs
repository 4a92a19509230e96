using System.Buffers.Binary;

namespace OmniAudit.Modules.GitHub.Archives;

/// <summary>CRC-32 as ZIP uses it (ISO-HDLC, polynomial 0xEDB88320), eight bytes a step.</summary>
internal sealed class Crc32
{
    private static readonly uint[][] Tables = Make();
    private uint _state = uint.MaxValue;

    public uint Value => ~_state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var (crc, t) = (_state, Tables);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[7][(byte)low] ^ t[6][(byte)(low >> 8)] ^ t[5][(byte)(low >> 16)] ^ t[4][low >> 24]
                ^ t[3][(byte)high] ^ t[2][(byte)(high >> 8)] ^ t[1][(byte)(high >> 16)] ^ t[0][high >> 24];
        }
        foreach (var b in bytes) crc = t[0][(byte)(crc ^ b)] ^ (crc >> 8);
        _state = crc;
    }

    private static uint[][] Make()
    {
        var tables = Enumerable.Range(0, 8).Select(_ => new uint[256]).ToArray();
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            tables[0][i] = crc;
        }
        for (var k = 1; k < 8; k++)
            for (var i = 0; i < 256; i++) tables[k][i] = tables[0][(byte)tables[k - 1][i]] ^ (tables[k - 1][i] >> 8);
        return tables;
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;

namespace OmniAudit.Modules.AdminOps.Ingest.Http;

/// <summary>The elements of a JSON array, each with exactly its own bytes.</summary>
internal static class RecordList
{
    public static List<ReadOnlyMemory<byte>> Of(JsonElement array)
    {
        var records = new List<ReadOnlyMemory<byte>>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray()) records.Add(JsonMarshal.GetRawUtf8Value(element).ToArray());
        return records;
    }
}

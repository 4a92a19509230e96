using System.Diagnostics;
using OmniAudit.Modules.ReleaseButler.Checksums;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Bench;

/// <summary>SHA-256 of a file as release assets are measured, against sha256sum.</summary>
internal static class Sha256Bench
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync(int megabytes)
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-sha256");
        try
        {
            var path = Path.Combine(directory.FullName, "asset.bin");
            await WriteAsync(path, megabytes);
            var (ours, theirs, hash, expected) = (double.MaxValue, double.MaxValue, "", "");
            for (var round = 0; round < Rounds; round++)
            {
                (var seconds, expected) = await Sha256SumAsync(path);
                theirs = Math.Min(theirs, seconds);
                var began = Stopwatch.GetTimestamp();
                await using (var file = ConfinedFiles.Open([directory.FullName], path)) (hash, _) = await StreamHash.Sha256Async(file, CancellationToken.None);
                ours = Math.Min(ours, Stopwatch.GetElapsedTime(began).TotalSeconds);
            }
            using var self = Process.GetCurrentProcess();
            Console.WriteLine($"{megabytes} MB   sha256sum {theirs:F2} s ({megabytes / theirs:F0} MB/s)   OmniAudit {ours:F2} s ({megabytes / ours:F0} MB/s)   ratio {theirs / ours:F2} (≥ 0.90)   peak {self.PeakWorkingSet64 >> 20} MB");
            return hash == expected ? theirs / ours >= 0.9 ? 0 : 1 : throw new InvalidOperationException($"{hash} is not {expected}");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task WriteAsync(string path, int megabytes)
    {
        var piece = new byte[1 << 20];
        new Random(1).NextBytes(piece);
        await using var file = File.Create(path);
        for (var i = 0; i < megabytes; i++)
        {
            BitConverter.TryWriteBytes(piece, i);
            await file.WriteAsync(piece);
        }
    }

    private static async Task<(double Seconds, string Hash)> Sha256SumAsync(string path)
    {
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("sha256sum", [path]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, said[..64]);
    }
}

using System.Runtime.CompilerServices;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Observability;

namespace OmniAudit.Tests.Observability;

/// <summary>What Playwright does to the console when it starts its driver holds up nobody who logs.</summary>
public sealed class ConsoleWritersTests
{
    private const string Done = "done";

    /// <summary>These tests start browsers and log, too.</summary>
    [ModuleInitializer]
    internal static void Own() => ConsoleWriters.Own();

    [Fact]
    public async Task Encoding_SetAgainAndAgainWhileOthersWrite_HoldsUpNobody()
    {
        await using var process = TestProcess.Start(["write-while-encoding-is-set"]);
        Assert.Equal(Done, await process.ReadAsync());
    }

    /// <summary>In a process of its own: what is tried is the whole process's console.</summary>
    internal static async Task WriteWhileEncodingIsSetAsync()
    {
        var setting = Task.Run(() => { for (var i = 0; i < 20_000; i++) Console.OutputEncoding = System.Text.Encoding.UTF8; });
        var writing = Task.Run(() => { while (!setting.IsCompleted) Console.Error.Write('.'); });
        await Task.WhenAll(setting, writing);
        TestProcess.Answer(Done);
    }
}

namespace OmniAudit.Web.Observability;

/// <summary>
/// Writers of our own in the place of the console's. Playwright sets the console's encoding each time it starts its driver: .NET then flushes its own
/// writers under a lock that whoever is writing to them takes as well, in the other order, and both wait for ever. With them waits everybody who
/// logs. Writers that were put there are left alone.
/// </summary>
internal static class ConsoleWriters
{
    public static void Own()
    {
        Console.SetOut(Of(Console.OpenStandardOutput()));
        Console.SetError(Of(Console.OpenStandardError()));
    }

    // No byte order mark: a console's stream cannot seek.
    private static TextWriter Of(Stream stream) => TextWriter.Synchronized(new StreamWriter(stream, Console.OutputEncoding) { AutoFlush = true });
}

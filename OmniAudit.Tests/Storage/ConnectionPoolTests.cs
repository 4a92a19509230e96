using Microsoft.Data.Sqlite;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

/// <summary>
/// The pool below every store lends a connection to one owner at a time. Up to Microsoft.Data.Sqlite 10.0.11 it lent one
/// to two (dotnet/efcore#39008), about one time in a hundred of these waves: one's reads then ran in the other's transaction.
/// </summary>
[Trait(TestDatabase.SqliteOnly, "because it is about the pool of SQLite's driver")]
public sealed class ConnectionPoolTests
{
    [Fact]
    public async Task Open_ManyAtOnce_EachHasAConnectionOfItsOwn()
    {
        await using var store = TestStore.Unprepared();
        var text = $"Data Source={Path.Combine(store.Directory, "pool.db")}";
        for (var wave = 0; wave < 500; wave++)
        {
            using (var pool = new SqliteConnection(text)) SqliteConnection.ClearPool(pool);
            var connections = Enumerable.Range(0, 16).Select(_ => new SqliteConnection(text)).ToArray();
            using var barrier = new Barrier(connections.Length);
            var threads = connections.Select(connection => new Thread(() => { barrier.SignalAndWait(); connection.Open(); })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Equal(connections.Length, connections.Select(connection => connection.Handle!.DangerousGetHandle()).Distinct().Count());
            foreach (var connection in connections) connection.Dispose();
        }
    }
}

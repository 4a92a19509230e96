using System.Data;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Bench;

/// <summary>Fills a log with the rows that the product itself would write, many to a transaction and with the tree in memory.</summary>
internal static class ReceiptsSeed
{
    private const int Batch = 20_000;
    private static readonly string[] Tools = ["auditlens.create_issue", "releasebutler.create_release", "sitelint.export_report", "adminops.run_command"];

    /// <summary>Decision and outcome of one operation after the other, onto the empty log of <paramref name="key"/>.</summary>
    public static void Receipts(string connectionString, LogKey key, int count, TimeProvider time)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        Execute(connection, "PRAGMA synchronous=OFF");
        Execute(connection, "PRAGMA cache_size=-400000");
        var tree = new MerkleFrontier();
        var previous = "";
        var start = time.GetUtcNow().AddDays(-400);
        for (var first = 0; first < count; first += Batch)
        {
            var size = Math.Min(Batch, count - first);
            var receipts = new (ReceiptLeaf Leaf, byte[] Bytes, string Sha256)[size];
            var nodes = new List<(TreeNode Node, byte[] Hash)>(2 * size);
            var checkpoints = new Checkpoint[size];
            for (var i = 0; i < size; i++)
            {
                var index = first + i;
                var leaf = new ReceiptLeaf(Entry(index / 2, index % 2 == 1), index % 2 == 1 ? previous : null, start.AddSeconds(index * 30));
                var bytes = leaf.ToBytes();
                previous = CanonicalJson.Sha256Hex(bytes);
                receipts[i] = (leaf, bytes, previous);
                nodes.AddRange(tree.Append(MerkleTree.HashLeaf(bytes)));
                checkpoints[i] = new Checkpoint(key.Verifier.Name, tree.Size, tree.Root);
            }
            var notes = new string[size];
            Parallel.For(0, size, i => notes[i] = SignedNote.Sign(checkpoints[i].ToText(), key));
            using var transaction = connection.BeginTransaction();
            using (var insert = Prepare(connection, "INSERT INTO receipts (LeafIndex, ReceiptId, Bytes, Sha256, Kind, OperationId, Tool, Target, Requester, DecidedBy, Decision, State, CreatedAt) VALUES", 13))
            {
                for (var i = 0; i < size; i++)
                {
                    var (leaf, bytes, sha256) = receipts[i];
                    var e = leaf.Entry;
                    Insert(insert, (long)(first + i), Id("rcp", first + i), bytes, sha256, e.Kind, e.OperationId, e.Tool, e.Target, e.Requester, e.DecidedBy, e.Decision, e.State, leaf.Time.ToUnixTimeMilliseconds());
                }
            }
            using (var insert = Prepare(connection, "INSERT INTO log_nodes (Position, Hash) VALUES", 2))
            {
                foreach (var (node, hash) in nodes.OrderBy(n => n.Node.Position)) Insert(insert, node.Position, hash);
            }
            using (var insert = Prepare(connection, "INSERT INTO log_checkpoints (Size, Root, Note) VALUES", 3))
            {
                for (var i = 0; i < size; i++) Insert(insert, (long)checkpoints[i].Size, checkpoints[i].Root, notes[i]);
            }
            transaction.Commit();
        }
        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// <summary>Decided requests, and on top of them some that wait for days.</summary>
    public static void Approvals(string connectionString, int decided, int pending, TimeProvider time)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        // The columns that may not be null, whatever they are by now, take an empty text or a zero.
        var columns = new List<(string Name, bool IsText)>();
        using (var schema = connection.CreateCommand())
        {
            schema.CommandText = "SELECT name, type FROM pragma_table_info('approvals') WHERE \"notnull\" = 1 AND dflt_value IS NULL";
            using var reader = schema.ExecuteReader();
            while (reader.Read()) columns.Add((reader.GetString(0), reader.GetString(1) != "INTEGER"));
        }
        using var insert = Prepare(connection, $"INSERT INTO approvals ({string.Join(", ", columns.Select(c => $"\"{c.Name}\""))}) VALUES", columns.Count);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 0; i < decided + pending; i++)
        {
            var waits = i >= decided;
            var entry = Entry(i, done: true);
            Insert(insert, [.. columns.Select(c => c.Name switch
            {
                "ApprovalId" => Id("apr", i),
                "State" => waits ? "pending" : entry.State,
                "Tool" => entry.Tool,
                "Target" => entry.Target,
                "Intent" => $"create the issue 'Finding {i}' in {entry.Target}",
                "RiskLevel" => "write",
                "Payload" => (object)Encoding.UTF8.GetBytes($"{{\"title\":\"Finding {i}\"}}"),
                "PayloadSha256" or "PolicySha256" => Hash(i),
                "RequesterSubject" or "RequesterName" => entry.Requester,
                "Version" => 1L,
                "CreatedAt" => now - ((decided + pending - i) * 1000L),
                "ExpiresAt" => now + 600_000_000L,
                _ => c.IsText ? "" : 0L,
            })]);
        }
        transaction.Commit();
    }

    private static ReceiptEntry Entry(int operation, bool done) => new()
    {
        OperationId = Id("apr", operation),
        Kind = done ? ReceiptKind.Outcome : ReceiptKind.Decision,
        Tool = Tools[operation % Tools.Length],
        Target = string.Create(CultureInfo.InvariantCulture, $"octo-org/repository-{operation % 997}"),
        PayloadSha256 = Hash(operation),
        PolicySha256 = Hash(7),
        Requester = $"agent:{Id("agt", operation % 23)}",
        Decision = "approved",
        DecidedBy = $"person:{Id("opr", operation % 11)}",
        State = !done ? "approved" : operation % 50 == 0 ? "failed" : "executed",
        ResultRefSha256 = done ? Hash(operation + 1) : null,
    };

    private static string Hash(int of) => CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(of.ToString(CultureInfo.InvariantCulture)));

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}_01k{number:00000000000000000000000}");

    private static SqliteCommand Prepare(SqliteConnection connection, string text, int parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Fixed statements of this file, with the schema's own names.
        command.CommandText = $"{text} ({string.Join(", ", Enumerable.Range(0, parameters).Select(i => $"$p{i}"))})";
#pragma warning restore CA2100
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"$p{i}", Direction = ParameterDirection.Input });
        return command;
    }

    private static void Insert(SqliteCommand command, params object[] values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

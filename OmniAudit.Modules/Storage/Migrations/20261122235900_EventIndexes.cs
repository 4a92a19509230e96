using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <summary>What the model cannot say: the full-text indexes of audit events, which hold no text, only which event has which word; and counts that are one tree by their key instead of a table with an index beside it.</summary>
    [DbContext(typeof(OmniAuditDb))]
    [Migration("20261122235900_EventIndexes")]
    public partial class EventIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("CREATE VIRTUAL TABLE audit_event_words USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');");
            migrationBuilder.Sql("CREATE VIRTUAL TABLE audit_event_parts USING fts5(parts, content='', contentless_delete=1, detail=none, tokenize='trigram');");

            migrationBuilder.Sql("""
                DROP TABLE audit_event_counts;
                CREATE TABLE audit_event_counts ("Step" INTEGER NOT NULL, "At" INTEGER NOT NULL, "KindId" INTEGER NOT NULL, "Events" INTEGER NOT NULL, CONSTRAINT "PK_audit_event_counts" PRIMARY KEY ("Step", "At", "KindId")) WITHOUT ROWID;
                DROP TABLE audit_actor_counts;
                CREATE TABLE audit_actor_counts ("ServiceId" INTEGER NOT NULL, "Day" INTEGER NOT NULL, "ActorId" INTEGER NOT NULL, "Events" INTEGER NOT NULL, CONSTRAINT "PK_audit_actor_counts" PRIMARY KEY ("ServiceId", "Day", "ActorId")) WITHOUT ROWID;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE audit_event_words;");
            migrationBuilder.Sql("DROP TABLE audit_event_parts;");
        }
    }
}

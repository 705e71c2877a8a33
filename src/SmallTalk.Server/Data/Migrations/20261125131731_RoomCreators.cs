using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SmallTalk.Server.Data.Migrations
{
    /// <inheritdoc />
    public partial class RoomCreators : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte[]>(
                name: "creator_id",
                table: "rooms",
                type: "BLOB",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_rooms_creator_id",
                table: "rooms",
                column: "creator_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_rooms_creator_id",
                table: "rooms");

            migrationBuilder.DropColumn(
                name: "creator_id",
                table: "rooms");
        }
    }
}

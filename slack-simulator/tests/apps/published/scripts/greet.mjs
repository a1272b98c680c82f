export default (robot) => {
  robot.respond(/hi/i, (response) => response.reply(`in ${response.message.user.name}'s service`));
};

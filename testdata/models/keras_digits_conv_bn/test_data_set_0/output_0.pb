
B
Identity:0J(oпЄ8*D;ЦХ	;цІ:gВ(<xќ<HpC71>ј‰9ГIY?